{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_half_hour_kpi'}}}) }}
with half_hours as (

    select
        call_date,
        sum(incoming_count) as incoming
    from {{ ref('rpt_half_hour_kpi') }}
    group by call_date

),

beside as (

    select
        call_date,
        count(*) as incoming
    from {{ ref('fct_calls') }}
    where direction = 'inbound' and outcome <> 'after_hours' and not is_in_hours
    group by call_date

)

-- What was let in or answered outside the opening times is counted in the day and lies in no half hour.
select half_hours.call_date
from half_hours
left join beside on half_hours.call_date = beside.call_date
inner join {{ ref('rpt_daily_kpi') }} as days on half_hours.call_date = days.call_date
where half_hours.incoming + coalesce(beside.incoming, 0) <> days.incoming_in_hours_count
