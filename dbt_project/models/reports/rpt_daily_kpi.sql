{{ config(materialized='by_day', days_after=1) }}
-- One row per civil day. Every inbound call is in exactly one class; the classes add up to 入電.
with days as (

    select * from {{ ref('int_kpi__days') }}
    where {{ day_in_range('call_date', 1) }}

),

calls as (

    select * from {{ ref('fct_calls') }}
    where {{ day_in_range('call_date', 1) }}

),

rates as (

    select
        call_date,
        max(numerator) filter (where name = 'not_answered') as not_answered_count,
        max(denominator) filter (where name = 'incoming') as incoming_in_hours_count,
        max({{ fraction('numerator', 'denominator') }}) filter (where name = 'answer_rate')
            as answer_rate,
        max({{ fraction('numerator', 'denominator') }}) filter (where name = 'abandon_rate')
            as abandon_rate,
        max({{ fraction('numerator', 'denominator') }}) filter (where name = 'overflow_rate')
            as overflow_rate,
        max(numerator) filter (where name = 'service_level') as answered_within_threshold_count,
        max({{ fraction('numerator', 'denominator') }}) filter (where name = 'service_level')
            as service_level,
        {{ joined_text("name || '@' || version", ',', 'name') }} as definition_versions
    from {{ ref('int_kpi__rates') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date

),

lines_in_use as (

    select
        call_date,
        max(lines_in_use) as max_concurrent_lines
    from {{ ref('int_kpi__lines_in_use') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date

),

counted as (

    select
        call_date,
        count(*) filter (where direction = 'inbound') as incoming_count,
        count(*) filter (where outcome = 'answered') as answered_count,
        count(*) filter (where outcome = 'abandoned') as abandoned_count,
        count(*) filter (where outcome = 'abandoned_in_menu') as abandoned_in_menu_count,
        count(*) filter (where outcome = 'message') as message_count,
        count(*) filter (where outcome = 'overflow') as overflow_count,
        count(*) filter (where outcome = 'overflow' and outcome_reason = 'lines_busy')
            as overflow_lines_busy_count,
        count(*) filter (where outcome = 'overflow' and outcome_reason = 'queue_full')
            as overflow_queue_full_count,
        count(*) filter (where outcome = 'overflow' and outcome_reason = 'no_staff')
            as overflow_no_staff_count,
        count(*) filter (where outcome = 'overflow' and outcome_reason = 'timeout')
            as overflow_timeout_count,
        count(*) filter (where outcome = 'interrupted') as interrupted_count,
        count(*) filter (where outcome = 'undetermined') as undetermined_count,
        count(*) filter (where outcome = 'after_hours') as after_hours_count,
        count(*) filter (where is_short_abandon) as short_abandon_count,
        {{ total_seconds("case when outcome = 'answered' then wait_seconds end") }}
            as wait_seconds_answered_total,
        count(wait_seconds) filter (where outcome = 'answered') as wait_measured_count,
        max(wait_seconds) filter (where direction = 'inbound') as longest_wait_seconds,
        {{ total_seconds("case when outcome = 'answered' then talk_seconds end") }}
            as talk_seconds_total,
        count(talk_seconds) filter (where outcome = 'answered') as talk_measured_count,
        sum(transfer_count) as transfer_count,
        count(*) filter (where direction = 'outbound') as outbound_count,
        count(*) filter (where outcome = 'reached') as outbound_reached_count,
        count(*) filter (where outcome = 'not_reached') as outbound_not_reached_count,
        count(*) filter (where not is_complete) as incomplete_count
    from calls
    group by call_date

),

final as (

    select
        days.call_date,
        days.week_start_date,
        days.contract_week,
        days.is_business_day,
        days.closed_reason,
        days.is_in_period,
        cast(coalesce(counted.incoming_count, 0) as integer) as incoming_count,
        cast(coalesce(rates.incoming_in_hours_count, 0) as integer) as incoming_in_hours_count,
        cast(coalesce(counted.answered_count, 0) as integer) as answered_count,
        cast(coalesce(counted.abandoned_count, 0) as integer) as abandoned_count,
        cast(coalesce(counted.abandoned_in_menu_count, 0) as integer) as abandoned_in_menu_count,
        cast(
            coalesce(counted.abandoned_count + counted.abandoned_in_menu_count, 0) as integer
        ) as abandoned_total_count,
        cast(coalesce(counted.message_count, 0) as integer) as message_count,
        cast(coalesce(counted.overflow_count, 0) as integer) as overflow_count,
        cast(coalesce(counted.overflow_lines_busy_count, 0) as integer) as overflow_lines_busy_count,
        cast(coalesce(counted.overflow_queue_full_count, 0) as integer) as overflow_queue_full_count,
        cast(coalesce(counted.overflow_no_staff_count, 0) as integer) as overflow_no_staff_count,
        cast(coalesce(counted.overflow_timeout_count, 0) as integer) as overflow_timeout_count,
        cast(coalesce(rates.not_answered_count, 0) as integer) as not_answered_count,
        cast(coalesce(counted.interrupted_count, 0) as integer) as interrupted_count,
        cast(coalesce(counted.undetermined_count, 0) as integer) as undetermined_count,
        cast(
            coalesce(counted.interrupted_count + counted.undetermined_count, 0) as integer
        ) as interrupted_undetermined_count,
        cast(coalesce(counted.after_hours_count, 0) as integer) as after_hours_count,
        cast(coalesce(counted.short_abandon_count, 0) as integer) as short_abandon_count,
        cast(rates.answer_rate as double) as answer_rate,
        cast(rates.abandon_rate as double) as abandon_rate,
        cast(rates.overflow_rate as double) as overflow_rate,
        cast(coalesce(rates.answered_within_threshold_count, 0) as integer)
            as answered_within_threshold_count,
        cast(rates.service_level as double) as service_level,
        cast(coalesce(counted.wait_seconds_answered_total, 0) as double)
            as wait_seconds_answered_total,
        cast(coalesce(counted.wait_measured_count, 0) as integer) as wait_measured_count,
        cast(counted.longest_wait_seconds as double) as longest_wait_seconds,
        cast(coalesce(counted.talk_seconds_total, 0) as double) as talk_seconds_total,
        cast(coalesce(counted.talk_measured_count, 0) as integer) as talk_measured_count,
        counted.wait_seconds_answered_total / nullif(counted.wait_measured_count, 0)
            as average_wait_seconds,
        counted.talk_seconds_total / nullif(counted.talk_measured_count, 0)
            as average_talk_seconds,
        cast(coalesce(lines_in_use.max_concurrent_lines, 0) as integer) as max_concurrent_lines,
        cast(coalesce(counted.transfer_count, 0) as integer) as transfer_count,
        cast(coalesce(counted.outbound_count, 0) as integer) as outbound_count,
        cast(coalesce(counted.outbound_reached_count, 0) as integer) as outbound_reached_count,
        cast(coalesce(counted.outbound_not_reached_count, 0) as integer)
            as outbound_not_reached_count,
        cast(coalesce(counted.incomplete_count, 0) as integer) as incomplete_count,
        coalesce(rates.definition_versions, '') as definition_versions
    from days
    left join counted on days.call_date = counted.call_date
    left join rates on days.call_date = rates.call_date
    left join lines_in_use on days.call_date = lines_in_use.call_date

)

select * from final
