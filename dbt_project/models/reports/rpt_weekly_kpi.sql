{{ config(tags=["weekly"]) }}
-- One row per Monday-week of the contract that has begun; sums of days, rates from sums.
{%- set counts = [
    'incoming_count', 'incoming_in_hours_count', 'answered_count', 'abandoned_count',
    'abandoned_in_menu_count', 'abandoned_total_count', 'message_count', 'overflow_count',
    'overflow_lines_busy_count', 'overflow_queue_full_count', 'overflow_no_staff_count',
    'overflow_timeout_count', 'not_answered_count', 'interrupted_count', 'undetermined_count',
    'interrupted_undetermined_count', 'after_hours_count', 'short_abandon_count',
    'answered_within_threshold_count', 'transfer_count', 'outbound_count',
    'outbound_reached_count', 'outbound_not_reached_count', 'incomplete_count',
    'wait_measured_count', 'talk_measured_count'
] %}
{%- set running = [
    'incoming_in_hours_count', 'answered_count', 'not_answered_count', 'overflow_count',
    'abandoned_total_count', 'message_count', 'interrupted_undetermined_count', 'after_hours_count'
] %}
{%- set rates = ['answer_rate', 'abandon_rate', 'overflow_rate', 'service_level'] %}

with days as (

    select * from {{ ref('rpt_daily_kpi') }}
    where contract_week is not null

),

rate_parts as (

    select
        days.week_start_date,
        rates.name,
        sum(rates.numerator) as numerator,
        sum(rates.denominator) as denominator
    from {{ ref('int_kpi__rates') }} as rates
    inner join days on rates.call_date = days.call_date
    group by days.week_start_date, rates.name

),

rates_by_week as (

    select
        week_start_date,
        {% for rate in rates -%}
            max(numerator * 1.0 / nullif(denominator, 0)) filter (where name = '{{ rate }}')
                as {{ rate }},
        {% endfor -%}
        max(numerator) filter (where name = 'answer_rate') as answer_numerator,
        max(denominator) filter (where name = 'answer_rate') as answer_denominator
    from rate_parts
    group by week_start_date

),

weeks as (

    select
        week_start_date,
        contract_week,
        min(call_date) filter (where is_in_period) as first_day,
        max(call_date) filter (where is_in_period) as last_day,
        count(*) filter (where is_business_day) as open_days_count,
        {% for count in counts -%}
            sum({{ count }}) as {{ count }},
        {% endfor -%}
        {{ total_seconds('wait_seconds_answered_total') }} as wait_seconds_answered_total,
        {{ total_seconds('talk_seconds_total') }} as talk_seconds_total,
        max(longest_wait_seconds) as longest_wait_seconds,
        max(max_concurrent_lines) as max_concurrent_lines
    from days
    group by week_start_date, contract_week

),

final as (

    select
        weeks.week_start_date,
        weeks.contract_week,
        weeks.first_day,
        weeks.last_day,
        cast(weeks.open_days_count as integer) as open_days_count,
        {% for count in counts -%}
            cast(weeks.{{ count }} as integer) as {{ count }},
        {% endfor -%}
        {% for rate in rates -%}
            cast(rates_by_week.{{ rate }} as double) as {{ rate }},
        {% endfor -%}
        weeks.wait_seconds_answered_total,
        weeks.talk_seconds_total,
        weeks.longest_wait_seconds,
        weeks.wait_seconds_answered_total / nullif(weeks.wait_measured_count, 0)
            as average_wait_seconds,
        weeks.talk_seconds_total / nullif(weeks.talk_measured_count, 0) as average_talk_seconds,
        cast(weeks.max_concurrent_lines as integer) as max_concurrent_lines,
        {% for count in running -%}
            cast(sum(weeks.{{ count }}) over so_far as integer) as cumulative_{{ count }},
        {% endfor -%}
        cast(
            sum(rates_by_week.answer_numerator) over so_far * 1.0
            / nullif(sum(rates_by_week.answer_denominator) over so_far, 0) as double
        ) as cumulative_answer_rate
    from weeks
    left join rates_by_week on weeks.week_start_date = rates_by_week.week_start_date
    window so_far as (order by weeks.week_start_date rows unbounded preceding)

)

select * from final
