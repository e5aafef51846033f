{#- The daily counts that add up, in the order of the reports' columns. -#}
{% macro summed_counts() -%}
    {{ return([
        'incoming_count', 'incoming_in_hours_count', 'answered_count', 'abandoned_count',
        'abandoned_in_menu_count', 'abandoned_total_count', 'message_count', 'overflow_count',
        'overflow_lines_busy_count', 'overflow_queue_full_count', 'overflow_no_staff_count',
        'overflow_timeout_count', 'not_answered_count', 'interrupted_count', 'undetermined_count',
        'interrupted_undetermined_count', 'after_hours_count', 'short_abandon_count',
        'answered_within_threshold_count', 'transfer_count', 'outbound_count',
        'outbound_reached_count', 'outbound_not_reached_count', 'incomplete_count',
        'wait_measured_count', 'talk_measured_count'
    ]) }}
{%- endmacro %}

{#- The defined rates that a report of longer periods prints. -#}
{% macro summed_rates() -%}
    {{ return(['answer_rate', 'abandon_rate', 'overflow_rate', 'service_level']) }}
{%- endmacro %}

{#- The queries `rate_parts`, `rates_by_period` and `periods` over a query `days` (rows of rpt_daily_kpi with
    the period's column): sums of days, and rates from sums, never means of rates. -#}
{% macro sums_of_days(period) -%}
    rate_parts as (

        select
            days.{{ period }},
            rates.name,
            sum(rates.numerator) as numerator,
            sum(rates.denominator) as denominator
        from {{ ref('int_kpi__rates') }} as rates
        inner join days on rates.call_date = days.call_date
        group by days.{{ period }}, rates.name

    ),

    rates_by_period as (

        select
            {{ period }},
            {% for rate in summed_rates() -%}
                max({{ fraction('numerator', 'denominator') }}) filter (where name = '{{ rate }}')
                    as {{ rate }},
            {% endfor -%}
            max(numerator) filter (where name = 'answer_rate') as answer_numerator,
            max(denominator) filter (where name = 'answer_rate') as answer_denominator
        from rate_parts
        group by {{ period }}

    ),

    periods as (

        select
            {{ period }},
            min(contract_week) as contract_week,
            min(call_date) filter (where is_in_period) as first_day,
            max(call_date) filter (where is_in_period) as last_day,
            count(*) filter (where is_business_day) as open_days_count,
            {% for count in summed_counts() -%}
                sum({{ count }}) as {{ count }},
            {% endfor -%}
            {{ total_seconds('wait_seconds_answered_total') }} as wait_seconds_answered_total,
            {{ total_seconds('talk_seconds_total') }} as talk_seconds_total,
            max(longest_wait_seconds) as longest_wait_seconds,
            max(max_concurrent_lines) as max_concurrent_lines
        from days
        group by {{ period }}

    )
{%- endmacro %}

{#- The columns that a report of longer periods shares, from `periods` and `rates_by_period`. -#}
{% macro columns_of_periods() -%}
    periods.first_day,
        periods.last_day,
        cast(periods.open_days_count as integer) as open_days_count,
        {% for count in summed_counts() -%}
            cast(periods.{{ count }} as integer) as {{ count }},
        {% endfor -%}
        {% for rate in summed_rates() -%}
            cast(rates_by_period.{{ rate }} as double) as {{ rate }},
        {% endfor -%}
        periods.wait_seconds_answered_total,
        periods.talk_seconds_total,
        periods.longest_wait_seconds,
        periods.wait_seconds_answered_total / nullif(periods.wait_measured_count, 0)
            as average_wait_seconds,
        periods.talk_seconds_total / nullif(periods.talk_measured_count, 0)
            as average_talk_seconds,
        cast(periods.max_concurrent_lines as integer) as max_concurrent_lines
{%- endmacro %}
