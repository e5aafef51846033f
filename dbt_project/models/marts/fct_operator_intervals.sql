{{ config(materialized="replaced", kind="view") }}
-- One row per stretch of an operator's day: logged on, paused with its reason, talking, or rung in vain. A day without a line
-- between a log-on and the log-off that ends it is one stretch of being logged on, from when the centre opened until it closed.
-- A day is derived from its own lines (int_operators__intervals), so what two days say together is put together here.
with intervals as (

    select * from {{ ref('int_operators__intervals') }}

),

calendar as (

    select * from {{ ref('int_kpi__days') }}
    where opens_at is not null

),

-- each day on which the log says something of an operator's log-ons
told as (

    select
        operator,
        call_date,
        bool_or(state = 'stayed_over') as stays_over,
        bool_or(state = 'came_over') as came_over,
        min(began_at) filter (where state = 'came_over') as since_at
    from intervals
    where state in ('logged_on', 'stayed_over', 'came_over')
    group by operator, call_date

),

nights as (

    select
        *,
        lag(call_date) over of_operator as last_told_date,
        coalesce(lag(stays_over) over of_operator, false) as was_left_on
    from told
    window of_operator as (partition by operator order by call_date)

),

silent as (

    select
        nights.operator,
        calendar.call_date,
        'logged_on' as state,
        cast(null as string) as reason,
        greatest(calendar.opens_at, coalesce(nights.since_at, calendar.opens_at)) as began_at,
        calendar.closes_at as ended_at,
        true as is_end_assumed
    from nights
    inner join calendar
        on
            nights.call_date > calendar.call_date
            and coalesce(nights.last_told_date < calendar.call_date, true)
            and coalesce(nights.since_at < calendar.closes_at, nights.was_left_on)
    where nights.came_over

),

unioned as (

    select
        operator,
        call_date,
        state,
        reason,
        began_at,
        ended_at,
        is_end_assumed
    from intervals
    where state not in ('stayed_over', 'came_over')
    union all
    select * from silent

),

final as (

    select
        operator,
        call_date,
        state,
        reason,
        began_at,
        ended_at,
        {{ seconds_between('began_at', 'ended_at') }} as duration_seconds,
        is_end_assumed
    from unioned

)

select * from final
