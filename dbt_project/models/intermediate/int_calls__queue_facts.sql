-- What the queues say of a call, one row per call: every wait counts, the last stay's end decides.
with stretches as (

    select
        *,
        stretch = max(stretch) over (partition by call_id) as is_last,
        stretch = min(stretch) filter (where answered_at is not null) over (partition by call_id)
            as is_first_answered,
        coalesce(
            stretch <= min(stretch) filter (where answered_at is not null) over (
                partition by call_id
            ), true
        ) as is_before_answer
    from {{ ref('int_calls__queue_stretches') }}

),

final as (

    select
        call_id,
        coalesce(
            max(queue) filter (where is_first_answered),
            {{ last_of('queue', 'stretch') }} filter (where queue is not null)
        ) as queue,
        cast(count(*) as integer) as stretch_count,
        max(caller_pseudonym) as caller_pseudonym,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(entered_at) as entered_at,
        min(answered_at) as connected_at,
        max(operator) filter (where is_first_answered) as connected_operator,
        {{ last_of('operator', 'stretch') }} filter (where operator is not null)
            as last_connected_operator,
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
        max(ended_at) filter (where is_last and ended_as = 'abandoned') as abandoned_at,
        max(ended_at) filter (where is_last and ended_as = 'left_by_key') as key_exit_at,
        max(ended_at) filter (where is_last and ended_as = 'timed_out') as timed_out_at,
        max(ended_at) filter (where is_last and ended_as = 'emptied') as emptied_at,
        {{ joined_text('source_words', ' ', 'stretch') }} as verbs,
        {{ last_of('last_row_key', 'stretch') }} as last_row_key
    from stretches
    group by call_id

)

select * from final
