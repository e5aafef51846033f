-- A call's stays in queues, in order: one row from the entry into a queue to its end there.
with events as (

    select * from {{ ref('stg_pbx__queue_events') }}
    where
        call_uniqueid is not null
        and event in (
            'entered', 'answered', 'completed', 'transferred', 'rang_unanswered', 'ring_canceled',
            'abandoned', 'left_by_key', 'timed_out', 'emptied'
        )

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

-- a line without its entry (it was lost, or the writer is older) opens a stay all the same
opened as (

    select
        *,
        event = 'entered'
        or coalesce(queue <> lag(queue) over (partition by call_id order by {{ in_order() }}), false)
            as is_opening
    from named

),

numbered as (

    select
        *,
        sum(case when is_opening then 1 else 0 end) over (
            partition by call_id order by {{ in_order() }} rows unbounded preceding
        ) as stretch
    from opened

),

final as (

    select
        call_id,
        cast(stretch as integer) as stretch,
        {{ first_of('queue', in_order()) }} filter (where queue is not null) as queue,
        max(caller_pseudonym) as caller_pseudonym,
        min(event_at) as first_at,
        max(event_at) as last_at,
        min(event_at) filter (where event = 'entered') as entered_at,
        min(event_at) filter (where event = 'answered') as answered_at,
        {{ first_of('operator', in_order()) }} filter (where event = 'answered') as operator,
        {{ first_of('ring_seconds', in_order()) }} filter (where event = 'answered')
            as answered_ring_seconds,
        {{ last_of('event', in_order()) }} filter (
            where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
        ) as ended_as,
        max(event_at) filter (
            where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
        ) as ended_at,
        max(event_at) filter (where event = 'completed') as completed_at,
        max(event_at) filter (where event = 'transferred') as transferred_at,
        max(talk_seconds) filter (where event = 'completed') as complete_talk_seconds,
        max(talk_seconds) filter (where event = 'transferred') as transfer_talk_seconds,
        coalesce(
            {{ first_of('wait_seconds', in_order()) }} filter (where event = 'answered'),
            max(wait_seconds) filter (
                where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
            ),
            cast(
                {{ seconds_between("min(event_at) filter (where event = 'entered')", "coalesce(
                    min(event_at) filter (where event = 'answered'),
                    max(event_at) filter (
                        where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
                    )
                )") }} as bigint
            )
        ) as wait_seconds,
        count(*) filter (where event in ('answered', 'rang_unanswered', 'ring_canceled'))
            as ring_attempt_count,
        max(event_at) filter (where event = 'ring_canceled') as ring_canceled_at,
        max(event_at) filter (where event = 'rang_unanswered') as rang_out_at,
        {{ last_of('ring_seconds', in_order()) }} filter (where event = 'ring_canceled')
            as canceled_ring_seconds,
        count(*) filter (where event = 'transferred') as transfer_count,
        {{ last_of('transfer_target', in_order()) }} filter (
            where transfer_target is not null
        ) as transfer_target,
        {{ joined_text('source_word', ' ', in_order()) }} as source_words,
        {{ last_of('row_key', in_order()) }} as last_row_key
    from numbered
    group by call_id, stretch

)

select * from final
