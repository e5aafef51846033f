{{ config(materialized='by_day', days_after=1) }}
-- Numerator and denominator of every defined rate, per day and service, by the definition in force on that day; only where a
-- call counts. Calls that chose no service have a blank one.
with calls as (

    select
        *,
        coalesce(menu_choice, '') as service
    from {{ ref('fct_calls') }}
    where direction = 'inbound' and {{ day_in_range('call_date', 1) }}

),

definitions as (

    select
        *,
        coalesce(valid_until, cast('9999-12-31' as date)) as until_date
    from {{ source('reference', 'definitions') }}

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
        calls.service,
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
    group by calls.call_date, calls.service, definitions.name, definitions.version

)

select * from counted
