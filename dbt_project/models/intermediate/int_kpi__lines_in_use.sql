{{ config(materialized='by_day', days_after=1) }}
-- How many lines were in use at each moment that it changed, and at the start of each half hour.
with calls as (

    select
        started_at,
        ended_at,
        call_date
    from {{ ref('fct_calls') }}
    where
        coalesce(outcome_reason, '') <> 'lines_busy' and ended_at is not null
        -- who called the day before may still be on a line
        and {{ day_in_range('call_date + 1', 2) }}

),

half_hours as (

    select
        call_date,
        {{ from_tokyo(slot_local('call_date')) }} as boundary_at
    from {{ ref('int_kpi__days') }}
    cross join {{ half_hours() }}
    where
        {{ slot_is_open('call_date') }}
        and {{ day_in_range('call_date', 1) }}

),

changes as (

    select
        started_at as changed_at,
        1 as step,
        2 as turn
    from calls
    union all
    select
        ended_at as changed_at,
        -1 as step,
        0 as turn
    from calls
    union all
    select
        boundary_at as changed_at,
        0 as step,
        1 as turn
    from half_hours

),

final as (

    select
        changed_at,
        cast({{ tokyo('changed_at') }} as date) as call_date,
        {{ half_hour_of('changed_at') }} as half_hour_start_local,
        sum(step) over (order by changed_at, turn rows unbounded preceding) as lines_in_use
    from changes

)

select * from final
where {{ day_in_range('call_date', 1) }}
