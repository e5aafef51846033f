-- One row per call that a message was recorded in, with the recording's id in the catalogue.
with calls as (

    select * from {{ ref('int_calls__classified') }}
    where message_id is not null

),

final as (

    select
        call_id,
        message_id as recording_id,
        call_date
    from calls

)

select * from final
where {{ day_in_range('call_date') }}
