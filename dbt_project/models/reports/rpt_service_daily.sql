{{ config(materialized='by_day', days_after=1) }}
-- One row per day and service that somebody called for; the rows of a day add up to that day of rpt_daily_kpi.
with calls as (

    select
        *,
        coalesce(menu_choice, '') as service
    from {{ ref('fct_calls') }}
    where direction = 'inbound' and {{ day_in_range('call_date', 1) }}

),

rates as (

    select
        call_date,
        service,
        sum(denominator) filter (where name = 'incoming') as incoming_in_hours_count,
        sum(numerator) filter (where name = 'answer_rate') as answer_rate_numerator,
        sum(denominator) filter (where name = 'answer_rate') as answer_rate_denominator,
        sum(numerator) filter (where name = 'abandon_rate') as abandon_rate_numerator,
        sum(denominator) filter (where name = 'abandon_rate') as abandon_rate_denominator,
        sum(numerator) filter (where name = 'overflow_rate') as overflow_rate_numerator,
        sum(denominator) filter (where name = 'overflow_rate') as overflow_rate_denominator,
        sum(numerator) filter (where name = 'service_level') as service_level_numerator,
        sum(denominator) filter (where name = 'service_level') as service_level_denominator
    from {{ ref('int_kpi__service_rates') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date, service

),

counted as (

    select
        call_date,
        service,
        count(*) as incoming_count,
        count(*) filter (where outcome = 'answered') as answered_count,
        count(*) filter (where outcome = 'abandoned') as abandoned_count,
        count(*) filter (where outcome = 'abandoned_in_menu') as abandoned_in_menu_count,
        count(*) filter (where outcome = 'message') as message_count,
        count(*) filter (where outcome = 'overflow') as overflow_count,
        count(*) filter (where outcome in ('interrupted', 'undetermined'))
            as interrupted_undetermined_count,
        count(*) filter (where outcome = 'after_hours') as after_hours_count,
        {{ total_seconds("case when outcome = 'answered' then wait_seconds end") }}
            as wait_seconds_answered_total,
        count(wait_seconds) filter (where outcome = 'answered') as wait_measured_count,
        max(wait_seconds) as longest_wait_seconds,
        {{ total_seconds("case when outcome = 'answered' then talk_seconds end") }}
            as talk_seconds_total,
        count(talk_seconds) filter (where outcome = 'answered') as talk_measured_count
    from calls
    group by call_date, service

),

final as (

    select
        counted.call_date || '/' || counted.service as count_id,
        counted.call_date,
        counted.service,
        cast(counted.incoming_count as integer) as incoming_count,
        cast(coalesce(rates.incoming_in_hours_count, 0) as integer) as incoming_in_hours_count,
        cast(counted.answered_count as integer) as answered_count,
        cast(counted.abandoned_count as integer) as abandoned_count,
        cast(counted.abandoned_in_menu_count as integer) as abandoned_in_menu_count,
        cast(counted.message_count as integer) as message_count,
        cast(counted.overflow_count as integer) as overflow_count,
        cast(counted.interrupted_undetermined_count as integer) as interrupted_undetermined_count,
        cast(counted.after_hours_count as integer) as after_hours_count,
        cast(coalesce(rates.answer_rate_numerator, 0) as integer) as answer_rate_numerator,
        cast(coalesce(rates.answer_rate_denominator, 0) as integer) as answer_rate_denominator,
        cast(coalesce(rates.abandon_rate_numerator, 0) as integer) as abandon_rate_numerator,
        cast(coalesce(rates.abandon_rate_denominator, 0) as integer) as abandon_rate_denominator,
        cast(coalesce(rates.overflow_rate_numerator, 0) as integer) as overflow_rate_numerator,
        cast(coalesce(rates.overflow_rate_denominator, 0) as integer) as overflow_rate_denominator,
        cast(coalesce(rates.service_level_numerator, 0) as integer) as service_level_numerator,
        cast(coalesce(rates.service_level_denominator, 0) as integer) as service_level_denominator,
        cast(coalesce(counted.wait_seconds_answered_total, 0) as double)
            as wait_seconds_answered_total,
        cast(counted.wait_measured_count as integer) as wait_measured_count,
        cast(counted.longest_wait_seconds as double) as longest_wait_seconds,
        cast(coalesce(counted.talk_seconds_total, 0) as double) as talk_seconds_total,
        cast(counted.talk_measured_count as integer) as talk_measured_count
    from counted
    left join rates
        on counted.call_date = rates.call_date and counted.service = rates.service

)

select * from final
