{{ config(kind="view", tags=["weekly"]) }}
-- One row per operator and Monday-week of the contract; sums of days, rates from sums.
with days as (

    select
        operators.*,
        days.week_start_date
    from {{ ref('int_operators__days') }} as operators
    inner join {{ ref('int_kpi__days') }} as days on operators.call_date = days.call_date
    where days.is_in_period

),

weeks as (

    select
        week_start_date,
        operator,
        sum(answered_leg_count) as answered_leg_count,
        sum(outbound_leg_count) as outbound_leg_count,
        sum(talk_measured_count) as talk_measured_count,
        {{ total_seconds('talk_seconds_total') }} as talk_seconds_total,
        {{ total_seconds('outbound_talk_seconds_total') }} as outbound_talk_seconds_total,
        max(longest_talk_seconds) as longest_talk_seconds,
        {{ total_seconds('logged_on_seconds') }} as logged_on_seconds,
        {{ total_seconds('paused_seconds') }} as paused_seconds,
        {{ total_seconds('staffed_seconds') }} as staffed_seconds,
        sum(ring_unanswered_count) as ring_unanswered_count,
        sum(transfer_given_count) as transfer_given_count
    from days
    group by week_start_date, operator

),

final as (

    select
        week_start_date || '/' || operator as operator_week_id,
        week_start_date,
        operator,
        cast(answered_leg_count as integer) as answered_leg_count,
        cast(outbound_leg_count as integer) as outbound_leg_count,
        cast(talk_measured_count as integer) as talk_measured_count,
        talk_seconds_total,
        outbound_talk_seconds_total,
        talk_seconds_total / nullif(talk_measured_count, 0) as average_talk_seconds,
        longest_talk_seconds,
        logged_on_seconds,
        paused_seconds,
        staffed_seconds,
        (talk_seconds_total + outbound_talk_seconds_total) / nullif(staffed_seconds, 0)
            as occupancy,
        cast(ring_unanswered_count as integer) as ring_unanswered_count,
        cast(transfer_given_count as integer) as transfer_given_count
    from weeks

)

select * from final
