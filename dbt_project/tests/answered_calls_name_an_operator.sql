{{ config(
    meta={'dagster': {'ref': {'name': 'fct_calls'}}}) }}
select call_id
from {{ ref('fct_calls') }}
where outcome = 'answered' and first_operator is null
