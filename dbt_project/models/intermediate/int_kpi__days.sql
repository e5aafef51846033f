-- Every civil day that a report speaks of: the period up to the present, and any day with a call.
with calendar as (

    select * from {{ source('reference', 'calendar') }}

),

calls as (

    select distinct call_date from {{ ref('fct_calls') }}

),

final as (

    select
        coalesce(calendar.date, calls.call_date) as call_date,
        coalesce(
            calendar.week_start_date,
            {{ monday_of('calls.call_date') }}
        ) as week_start_date,
        calendar.contract_week,
        coalesce(calendar.is_business_day, false) as is_business_day,
        calendar.closed_reason,
        coalesce(calendar.in_period, false) as is_in_period,
        calendar.opens_at,
        calendar.closes_at,
        calendar.night_closes_at
    from calendar
    full outer join calls on calendar.date = calls.call_date
    where
        calls.call_date is not null
        or (
            calendar.in_period
            and calendar.date <= {{ today() }}
        )

)

select * from final
