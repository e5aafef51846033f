{{ config(
    meta={'dagster': {'ref': {'name': 'fct_non_calls'}}}) }}
{%- set day_of_id
    = "cast(" ~ tokyo("coalesce(" ~ began_at("ids.linked_id") ~ ", ids.first_at)") ~ " as date)" %}
-- Conservation: every id of a call that landed is a call or stands among what is no call, once. Asked of landing itself, so
-- that no model on the way can leave one out. A line of queue_log about a member alone (log-on, pause) is about no call.
with channels as (

    select
        uniqueid,
        linkedid
    from {{ ref('int_calls__channels') }}

),

of_queues as (

    select
        call_uniqueid,
        event_at
    from {{ source('landing', 'queue_log') }}
    where
        call_uniqueid is not null
        and verb not in (
            'ADDMEMBER', 'AGENTLOGIN', 'AGENTCALLBACKLOGIN', 'REMOVEMEMBER', 'AGENTLOGOFF',
            'AGENTCALLBACKLOGOFF', 'PAUSE', 'PAUSEALL', 'UNPAUSE', 'UNPAUSEALL', 'QUEUESTART'
        )
        and {{ in_range('event_at') }}

),

rows_of_logs as (

    select
        linkedid as linked_id,
        start_at as seen_at
    from {{ source('landing', 'cdr') }}
    where {{ in_range('start_at') }}
    union all
    select
        linkedid as linked_id,
        event_at as seen_at
    from {{ source('landing', 'cel') }}
    where {{ in_range('event_at') }}
    union all
    select
        coalesce(channels.linkedid, of_queues.call_uniqueid) as linked_id,
        of_queues.event_at as seen_at
    from of_queues
    left join channels on of_queues.call_uniqueid = channels.uniqueid

),

ids as (

    select
        linked_id,
        min(seen_at) as first_at
    from rows_of_logs
    group by linked_id

),

accounted as (

    select call_id as linked_id from {{ ref('fct_calls') }}
    union all
    select linked_id from {{ ref('fct_non_calls') }}

),

counted as (

    select
        ids.linked_id,
        {{ day_of_id }} as call_date,
        count(accounted.linked_id) as times
    from ids
    left join accounted on ids.linked_id = accounted.linked_id
    where {{ day_in_range(day_of_id) }}
    group by ids.linked_id, {{ day_of_id }}

)

select
    linked_id,
    call_date
from counted
where times <> 1
