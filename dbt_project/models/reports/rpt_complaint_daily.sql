{{ config(kind="view", tags=["weekly"]) }}
-- One row per day on which somebody complained.
with complaints as (

    select * from {{ ref('fct_inquiries') }}
    where is_complaint

),

urgent_calls as (

    select distinct inquiry_id from {{ ref('fct_escalations') }}
    where manner = 'urgent_call'

),

final as (

    select
        complaints.call_date,
        cast(count(*) as integer) as complaint_count,
        cast(count(*) filter (where complaints.is_urgent) as integer) as urgent_count,
        cast(
            count(*) filter (
                where complaints.is_urgent and urgent_calls.inquiry_id is not null
            ) as integer
        ) as urgent_told_count,
        cast(count(*) filter (where complaints.is_message) as integer) as message_count,
        cast(count(*) filter (where complaints.handling = 'city') as integer) as to_city_count
    from complaints
    left join urgent_calls on complaints.inquiry_id = urgent_calls.inquiry_id
    group by complaints.call_date

)

select * from final
