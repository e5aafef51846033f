{{ config(materialized='by_day', days_after=1) }}
-- Numerator and denominator of every defined rate, per day, by the definition in force on that day.
with calls as (

    select * from {{ ref('fct_calls') }}
    where direction = 'inbound' and {{ day_in_range('call_date', 1) }}

),

days as (

    select call_date from {{ ref('int_kpi__days') }}
    where {{ day_in_range('call_date', 1) }}

),

definitions as (

    select
        *,
        coalesce(valid_until, cast('9999-12-31' as date)) as until_date
    from {{ source('reference', 'definitions') }}

),

in_force as (

    select distinct
        days.call_date,
        definitions.name,
        definitions.version
    from days
    inner join definitions
        on days.call_date >= definitions.valid_from and days.call_date < definitions.until_date

),

thresholds as (

    select
        name,
        version,
        max(seconds) as seconds
    from definitions
    where role = 'threshold'
    group by name, version

),

counted as (

    select
        calls.call_date,
        definitions.name,
        definitions.version,
        count(*) filter (
            where
            definitions.role = 'numerator'
            and (thresholds.seconds is null or calls.wait_seconds <= thresholds.seconds)
        ) as numerator,
        count(*) filter (
            where
            definitions.role = 'denominator'
            and not (definitions.name = 'service_level' and calls.is_short_abandon)
        ) as denominator
    from calls
    inner join definitions
        on
            calls.outcome = definitions.outcome
            and calls.call_date >= definitions.valid_from
            and calls.call_date < definitions.until_date
    left join thresholds
        on definitions.name = thresholds.name and definitions.version = thresholds.version
    group by calls.call_date, definitions.name, definitions.version

),

final as (

    select
        in_force.call_date,
        in_force.name,
        in_force.version,
        coalesce(counted.numerator, 0) as numerator,
        coalesce(counted.denominator, 0) as denominator
    from in_force
    left join counted
        on
            in_force.call_date = counted.call_date
            and in_force.name = counted.name
            and in_force.version = counted.version

)

select * from final
