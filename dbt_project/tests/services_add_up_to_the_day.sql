{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_service_daily'}}}) }}
-- The services of a day, those who chose none among them, add up to the day.
with services as (

    select
        call_date,
        sum(incoming_count) as incoming_count,
        sum(incoming_in_hours_count) as incoming_in_hours_count,
        sum(answered_count) as answered_count,
        sum(service_level_numerator) as answered_within_threshold_count
    from {{ ref('rpt_service_daily') }}
    group by call_date

)

select
    days.call_date,
    days.incoming_count
from {{ ref('rpt_daily_kpi') }} as days
left join services on days.call_date = services.call_date
where
    days.incoming_count <> coalesce(services.incoming_count, 0)
    or days.incoming_in_hours_count <> coalesce(services.incoming_in_hours_count, 0)
    or days.answered_count <> coalesce(services.answered_count, 0)
    or days.answered_within_threshold_count
    <> coalesce(services.answered_within_threshold_count, 0)
