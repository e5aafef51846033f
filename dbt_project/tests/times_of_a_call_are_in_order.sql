{{ config(
    meta={'dagster': {'ref': {'name': 'fct_calls'}}}) }}
select call_id
from {{ ref('fct_calls') }}
where
    ended_at < started_at
    or answered_at < started_at
    or wait_seconds < 0
    or talk_seconds < 0
    or ring_seconds < 0
