{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_half_hour_kpi'}}}) }}
with half_hours as (

    select
        call_date,
        sum(incoming_count) as incoming
    from {{ ref('rpt_half_hour_kpi') }}
    group by call_date

)

select half_hours.call_date
from half_hours
inner join {{ ref('rpt_daily_kpi') }} as days on half_hours.call_date = days.call_date
where half_hours.incoming <> days.incoming_in_hours_count
