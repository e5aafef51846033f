{{ config(kind="view", tags=["monthly"]) }}
-- One row per calendar month of the contract that has begun; sums of days, rates from sums.
with days as (

    select
        *,
        cast(date_trunc('month', call_date) as date) as month_start_date
    from {{ ref('rpt_daily_kpi') }}
    where is_in_period

),

{{ sums_of_days('month_start_date') }},

answered as (

    select
        days.month_start_date,
        percentile_disc(0.5) within group (order by calls.wait_seconds) as median_wait_seconds,
        percentile_disc(0.9) within group (order by calls.wait_seconds) as ninth_decile_wait_seconds,
        percentile_disc(0.5) within group (order by calls.talk_seconds) as median_talk_seconds,
        percentile_disc(0.9) within group (order by calls.talk_seconds) as ninth_decile_talk_seconds,
        max(calls.talk_seconds) as longest_talk_seconds
    from {{ ref('fct_calls') }} as calls
    inner join days on calls.call_date = days.call_date
    where calls.outcome = 'answered'
    group by days.month_start_date

),

final as (

    select
        periods.month_start_date,
        {{ columns_of_periods() }},
        answered.median_wait_seconds,
        answered.ninth_decile_wait_seconds,
        answered.median_talk_seconds,
        answered.ninth_decile_talk_seconds,
        answered.longest_talk_seconds
    from periods
    left join rates_by_period on periods.month_start_date = rates_by_period.month_start_date
    left join answered on periods.month_start_date = answered.month_start_date

)

select * from final
