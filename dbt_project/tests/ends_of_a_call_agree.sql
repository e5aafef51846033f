{{ config(
    meta={'notice': true, 'dagster': {'ref': {'name': 'fct_calls'}}}) }}
select call_id
from {{ ref('fct_calls') }}
where has_ends_that_differ
