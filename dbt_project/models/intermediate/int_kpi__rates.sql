{{ config(materialized='by_day', days_after=1) }}
-- Numerator and denominator of every defined rate, per day, by the definition in force on that day.
with days as (

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

counted as (

    select
        call_date,
        name,
        version,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('int_kpi__service_rates') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date, name, version

),

final as (

    select
        in_force.call_date,
        in_force.name,
        in_force.version,
        cast(coalesce(counted.numerator, 0) as bigint) as numerator,
        cast(coalesce(counted.denominator, 0) as bigint) as denominator
    from in_force
    left join counted
        on
            in_force.call_date = counted.call_date
            and in_force.name = counted.name
            and in_force.version = counted.version

)

select * from final
