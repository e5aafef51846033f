{{ config(
    meta={'dagster': {'ref': {'name': 'fct_calls'}}}) }}
select calls.call_id
from {{ ref('fct_calls') }} as calls
where
    calls.outcome = 'answered'
    and not exists (
        select 1 from {{ source('reference', 'staff') }} as staff
        where staff.operator = calls.first_operator
    )
