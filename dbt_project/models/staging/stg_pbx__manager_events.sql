-- What channels did, as the manager interface told it while it happened: the only source that knows a hold.
with told as (

    select * from {{ source('landing', 'manager_events') }}
    where {{ in_range('event_at') }}

),

final as (

    select
        row_key,
        event_at,
        connection,
        sequence,
        event,
        uniqueid,
        linkedid,
        other_uniqueid,
        dial_status
    from told
    qualify
        row_number() over (
            partition by connection, sequence order by landed_at, source_id, byte_offset
        ) = 1

)

select * from final
