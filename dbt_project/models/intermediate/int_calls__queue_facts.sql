-- What the queues say of a call, one row per call: every wait counts, the last stay's end decides.
with stretches as (

    select
        *,
        stretch = max(stretch) over (partition by call_id) as is_last,
        count(*) over (partition by call_id) = 1 as is_only,
        stretch = min(stretch) filter (where is_answered) over (partition by call_id)
            as is_first_answered,
        coalesce(
            stretch <= min(stretch) filter (where is_answered) over (
                partition by call_id
            ), true
        ) as is_before_answer
    from {{ ref('int_calls__queue_stretches') }}

),

of_stretches as (

    select
        call_id,
        coalesce(
            max(queue) filter (where is_first_answered),
            {{ last_of('queue', 'stretch') }} filter (where queue is not null)
        ) as queue,
        cast(count(*) as integer) as stretch_count,
        nullif(count(operator), 0) as operator_count,
        max(caller_pseudonym) as caller_pseudonym,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(entered_at) as entered_at,
        min(answered_at) as connected_at,
        sum(wait_seconds) filter (where is_before_answer) as queue_wait_seconds,
        max(answered_ring_seconds) filter (where is_first_answered) as connect_ring_seconds,
        max(completed_at) as completed_at,
        sum(complete_talk_seconds) as complete_talk_seconds,
        sum(coalesce(complete_talk_seconds, transfer_talk_seconds)) as stretches_talk_seconds,
        sum(transfer_count) as transfer_count,
        {{ last_of('transfer_target', 'stretch') }} filter (where transfer_target is not null)
            as transfer_target,
        sum(ring_attempt_count) as ring_attempt_count,
        max(ring_canceled_at) filter (where is_last) as ring_canceled_at,
        max(rang_out_at) filter (where is_last) as rang_out_at,
        max(canceled_ring_seconds) filter (where is_last) as canceled_ring_seconds,
        coalesce(bool_or(is_answered), false) as is_answered,
        max(ended_at) filter (where is_last and ended_as = 'abandoned') as abandoned_at,
        max(ended_at) filter (where is_last and ended_as = 'left_by_key') as key_exit_at,
        max(ended_at) filter (where is_last and ended_as = 'timed_out') as timed_out_at,
        max(ended_at) filter (where is_last and ended_as = 'emptied') as emptied_at,
        -- nearly every call has one stay, whose words need no sort: it would cost most of this query
        concat_ws(
            ' ',
            max(source_words) filter (where is_only),
            {{ joined_text('source_words', ' ', 'stretch') }} filter (where not is_only)
        ) as verbs,
        {{ last_of('last_row_key', 'stretch') }} as last_row_key
    from stretches
    group by call_id

),

-- lines about a call that are no stay in a queue: what the dialplan itself wrote, the number dialled, remarks
other_lines as (

    select
        coalesce(channels.linkedid, events.call_uniqueid) as call_id,
        events.event,
        events.queue,
        events.event_at,
        case
            when events.event not in ('transferred', 'entered') then events.source_word
        end as source_word,
        events.row_key,
        events.source_id,
        events.byte_offset
    from {{ ref('stg_pbx__queue_events') }} as events
    left join {{ ref('int_calls__channels') }} as channels
        on events.call_uniqueid = channels.uniqueid
    where
        events.call_uniqueid is not null
        and (
            events.event in ('other', 'transferred')
            or left(events.event, 5) = 'said_'
            or (events.event = 'entered' and events.is_from_own_phone)
        )

),

said as (

    select
        call_id,
        {{ last_of('queue', in_order()) }} filter (where queue is not null) as queue,
        min(event_at) as first_at,
        max(event_at) as last_at,
        bool_or(event = 'entered') as is_from_own_phone,
        bool_or(event = 'transferred') as ended_an_answer,
        bool_or(event = 'said_queue_full') as said_full,
        bool_or(event = 'said_after_hours') as said_closed,
        bool_or(event = 'said_no_staff') as said_no_staff,
        {{ joined_text('source_word', ' ', in_order()) }} as verbs,
        {{ last_of('row_key', in_order()) }} as last_row_key
    from other_lines
    group by call_id

),

final as (

    select
        coalesce(of_stretches.call_id, said.call_id) as call_id,
        coalesce(of_stretches.queue, said.queue) as queue,
        of_stretches.stretch_count,
        of_stretches.caller_pseudonym,
        coalesce(of_stretches.first_at, said.first_at) as first_at,
        coalesce(of_stretches.last_at, said.last_at) as last_at,
        of_stretches.entered_at,
        of_stretches.connected_at,
        of_stretches.queue_wait_seconds,
        of_stretches.connect_ring_seconds,
        of_stretches.completed_at,
        of_stretches.complete_talk_seconds,
        of_stretches.stretches_talk_seconds,
        of_stretches.transfer_count,
        of_stretches.transfer_target,
        of_stretches.ring_attempt_count,
        of_stretches.ring_canceled_at,
        of_stretches.rang_out_at,
        of_stretches.canceled_ring_seconds,
        coalesce(of_stretches.is_answered, false) as is_answered,
        of_stretches.abandoned_at,
        of_stretches.key_exit_at,
        of_stretches.timed_out_at,
        of_stretches.emptied_at,
        -- an operator's own call into a queue: its caller is one of ours, or what it ended was another call's answer
        coalesce(said.is_from_own_phone, false)
        or coalesce(said.ended_an_answer and of_stretches.operator_count is null, false)
            as is_from_own_phone,
        coalesce(said.said_full, false) as said_full,
        coalesce(said.said_closed, false) as said_closed,
        coalesce(said.said_no_staff, false) as said_no_staff,
        nullif(concat_ws(' ', of_stretches.verbs, said.verbs), '') as verbs,
        coalesce(of_stretches.last_row_key, said.last_row_key) as last_row_key
    from of_stretches
    full outer join said on of_stretches.call_id = said.call_id

)

select * from final
