{{ config(tags=["weekly"]) }}
-- One row per Monday-week of the contract that has begun; sums of its days within the period, rates from sums.
{%- set running = [
    'incoming_in_hours_count', 'answered_count', 'not_answered_count', 'overflow_count',
    'abandoned_total_count', 'message_count', 'interrupted_undetermined_count', 'after_hours_count'
] %}

with days as (

    select * from {{ ref('rpt_daily_kpi') }}
    where is_in_period

),

{{ sums_of_days('week_start_date') }},

final as (

    select
        periods.week_start_date,
        periods.contract_week,
        {{ columns_of_periods() }},
        {% for count in running -%}
            cast(sum(periods.{{ count }}) over so_far as integer) as cumulative_{{ count }},
        {% endfor -%}
        {{ fraction(
            'sum(rates_by_period.answer_numerator) over so_far',
            'sum(rates_by_period.answer_denominator) over so_far'
        ) }} as cumulative_answer_rate
    from periods
    left join rates_by_period on periods.week_start_date = rates_by_period.week_start_date
    window so_far as (order by periods.week_start_date rows unbounded preceding)

)

select * from final
