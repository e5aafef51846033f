{{ config(
    meta={'dagster': {'ref': {'name': 'fct_calls'}}}) }}
-- Asked of the evidence itself, not of the stays that were made of it: an answer that any log tells of makes a call answered.
with answers as (

    select call_id from {{ ref('int_calls__queue_stretches') }}
    where is_answered
    union
    select call_id from {{ ref('int_calls__conversations') }}
    union
    select call_id from {{ ref('int_calls__record_legs') }}
    where is_answered and is_of_citizen and operator is not null

)

select calls.call_id
from {{ ref('fct_calls') }} as calls
inner join answers on calls.call_id = answers.call_id
where calls.direction = 'inbound' and calls.outcome <> 'answered'
