{{ config(
    meta={'dagster': {'ref': {'name': 'fct_non_calls'}}}) }}
select linked_id from {{ ref('fct_non_calls') }}
where reason = 'unknown'
