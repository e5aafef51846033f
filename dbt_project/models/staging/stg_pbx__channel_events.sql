-- CEL, one row per event; the only source with microseconds.
with lines as (

    select * from {{ source('landing', 'cel') }}
    where {{ in_range('event_at') }}

),

first_deliveries as (

    select
        *,
        count(*) over (partition by row_key) as delivered_count
    from lines
    qualify
        row_number() over (partition by row_key order by landed_at, source_id, byte_offset) = 1

),

final as (

    select
        row_key,
        event_at,
        source_id,
        byte_offset,
        event_type,
        uniqueid,
        linkedid,
        context,
        exten,
        exten_pseudonym,
        channel,
        {{ endpoint('channel') }} as endpoint,
        peer_channel,
        app,
        app_queue,
        accountcode,
        caller_pseudonym,
        bridge_id,
        hangup_cause,
        dial_status,
        transfer_target,
        transfer_target_pseudonym,
        transfer_target_channel,
        delivered_count
    from first_deliveries

)

select * from final
