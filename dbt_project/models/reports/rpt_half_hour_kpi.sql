{{ config(materialized='by_day', days_after=1) }}
-- One row per half hour of the clock in which the centre is open, by the civil time of arrival; the moment of closing is outside.
with days as (

    select * from {{ ref('int_kpi__days') }}
    where
        (is_business_day or night_closes_at is not null)
        and call_date <= {{ today() }}
        and {{ day_in_range('call_date', 1) }}

),

half_hours as (

    select
        days.call_date,
        {{ slot_local('days.call_date') }} as half_hour_start_local
    from days
    cross join {{ half_hours() }}
    where {{ slot_is_open('days.call_date') }}

),

calls as (

    select * from {{ ref('fct_calls') }}
    where
        direction = 'inbound' and outcome <> 'after_hours'
        and {{ day_in_range('call_date', 1) }}

),

lines_in_use as (

    select
        half_hour_start_local,
        max(lines_in_use) as max_concurrent_lines
    from {{ ref('int_kpi__lines_in_use') }}
    where {{ day_in_range('call_date', 1) }}
    group by half_hour_start_local

),

counted as (

    select
        half_hour_start_local,
        count(*) as incoming_count,
        count(*) filter (where outcome = 'answered') as answered_count,
        count(*) filter (where outcome = 'overflow') as overflow_count,
        count(*) filter (where outcome in ('abandoned', 'abandoned_in_menu'))
            as abandoned_total_count,
        count(*) filter (where outcome = 'message') as message_count,
        count(*) filter (where outcome in ('interrupted', 'undetermined')) as other_count,
        max(wait_seconds) as longest_wait_seconds
    from calls
    group by half_hour_start_local

),

final as (

    select
        half_hours.call_date,
        half_hours.half_hour_start_local,
        cast(coalesce(counted.incoming_count, 0) as integer) as incoming_count,
        cast(coalesce(counted.answered_count, 0) as integer) as answered_count,
        cast(coalesce(counted.overflow_count, 0) as integer) as overflow_count,
        cast(coalesce(counted.abandoned_total_count, 0) as integer) as abandoned_total_count,
        cast(coalesce(counted.message_count, 0) as integer) as message_count,
        cast(coalesce(counted.other_count, 0) as integer) as other_count,
        cast(coalesce(lines_in_use.max_concurrent_lines, 0) as integer) as max_concurrent_lines,
        cast(counted.longest_wait_seconds as double) as longest_wait_seconds
    from half_hours
    left join counted on half_hours.half_hour_start_local = counted.half_hour_start_local
    left join lines_in_use
        on half_hours.half_hour_start_local = lines_in_use.half_hour_start_local

)

select * from final
