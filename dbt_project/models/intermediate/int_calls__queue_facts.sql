-- What queue_log says of a call, one row per call that it names.
with events as (

    select * from {{ ref('stg_pbx__queue_events') }}
    where call_uniqueid is not null

),

channels as (

    select
        uniqueid,
        linkedid
    from {{ ref('int_calls__channels') }}

),

named as (

    select
        coalesce(channels.linkedid, events.call_uniqueid) as call_id,
        events.*
    from events
    left join channels on events.call_uniqueid = channels.uniqueid

),

final as (

    select
        call_id,
        arg_min(queue, event_at) as queue,
        max(caller_pseudonym) as caller_pseudonym,
        min(event_at) as first_at,
        max(event_at) as last_at,
        min(event_at) filter (where verb = 'ENTERQUEUE') as entered_at,
        min(event_at) filter (where verb = 'CONNECT') as connected_at,
        arg_min(operator, event_at) filter (where verb = 'CONNECT') as connected_operator,
        arg_min(wait_seconds, event_at) filter (where verb = 'CONNECT') as connect_wait_seconds,
        arg_min(ring_seconds, event_at) filter (where verb = 'CONNECT') as connect_ring_seconds,
        max(event_at) filter (where verb in ('COMPLETEAGENT', 'COMPLETECALLER')) as completed_at,
        max(talk_seconds) filter (
            where verb in ('COMPLETEAGENT', 'COMPLETECALLER')
        ) as complete_talk_seconds,
        count(*) filter (where verb in ('BLINDTRANSFER', 'ATTENDEDTRANSFER')) as transfer_count,
        max(transfer_target) filter (where verb = 'BLINDTRANSFER') as transfer_target,
        count(*) filter (
            where verb in ('CONNECT', 'RINGNOANSWER', 'RINGCANCELED')
        ) as ring_attempt_count,
        max(ring_seconds) filter (where verb = 'RINGCANCELED') as canceled_ring_seconds,
        bool_or(verb = 'RINGCANCELED') as was_ringing,
        min(event_at) filter (where verb = 'ABANDON') as abandoned_at,
        max(wait_seconds) filter (where verb = 'ABANDON') as abandon_wait_seconds,
        min(event_at) filter (where verb = 'EXITWITHKEY') as key_exit_at,
        max(wait_seconds) filter (where verb = 'EXITWITHKEY') as key_exit_wait_seconds,
        min(event_at) filter (where verb = 'EXITWITHTIMEOUT') as timed_out_at,
        max(wait_seconds) filter (where verb = 'EXITWITHTIMEOUT') as timeout_wait_seconds,
        min(event_at) filter (where verb = 'EXITEMPTY') as emptied_at,
        max(wait_seconds) filter (where verb = 'EXITEMPTY') as empty_wait_seconds,
        string_agg(verb, ' ' order by event_at, byte_offset) as verbs,
        arg_max(row_key, event_at) as last_row_key
    from named
    group by call_id

)

select * from final
