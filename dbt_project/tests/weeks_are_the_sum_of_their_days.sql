{{ config(
    tags=['weekly'],
    meta={'dagster': {'ref': {'name': 'rpt_weekly_kpi'}}}) }}
with days as (

    select
        week_start_date,
        sum(incoming_in_hours_count) as incoming,
        sum(answered_count) as answered,
        sum(not_answered_count) as not_answered,
        sum(message_count) as messages
    from {{ ref('rpt_daily_kpi') }}
    where is_in_period
    group by week_start_date

)

select weeks.week_start_date
from {{ ref('rpt_weekly_kpi') }} as weeks
inner join days on weeks.week_start_date = days.week_start_date
where
    weeks.incoming_in_hours_count <> days.incoming
    or weeks.answered_count <> days.answered
    or weeks.not_answered_count <> days.not_answered
    or weeks.message_count <> days.messages
