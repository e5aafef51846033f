{{ config(
    meta={'dagster': {'ref': {'name': 'fct_non_calls'}}}) }}
-- Conservation: every linked id of the rows is a call or stands among what is no call, once.
with rows_of_logs as (

    select linkedid as linked_id from {{ ref('stg_pbx__cdr_rows') }}
    union
    select linkedid as linked_id from {{ ref('stg_pbx__channel_events') }}
    union
    select call_id as linked_id from {{ ref('int_calls__queue_stretches') }}

),

accounted as (

    select call_id as linked_id from {{ ref('fct_calls') }}
    union all
    select linked_id from {{ ref('fct_non_calls') }}

),

counted as (

    select
        rows_of_logs.linked_id,
        count(accounted.linked_id) as times
    from rows_of_logs
    left join accounted on rows_of_logs.linked_id = accounted.linked_id
    where {{ day_in_range(
        "cast(" ~ tokyo(began_at("rows_of_logs.linked_id")) ~ " as date)"
    ) }}
    group by rows_of_logs.linked_id

)

select linked_id from counted
where times <> 1
