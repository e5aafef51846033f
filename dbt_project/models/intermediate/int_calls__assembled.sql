-- Every call that any source names, with all evidence side by side; nothing is decided here.
with channels as (

    select * from {{ ref('int_calls__channels') }}

),

queue_facts as (

    select * from {{ ref('int_calls__queue_facts') }}

),

channel_facts as (

    select * from {{ ref('int_calls__channel_facts') }}

),

record_facts as (

    select * from {{ ref('int_calls__record_facts') }}

),

answers as (

    select * from {{ ref('int_calls__answers') }}

),

ids as (

    select call_id from queue_facts
    union
    select call_id from channel_facts
    union
    select call_id from record_facts

),

first_channels as (

    select * from channels
    where uniqueid in (select call_id from ids)

),

restarts as (

    select event_at as restarted_at from {{ ref('stg_pbx__queue_events') }}
    where event = 'restarted'

),

queue_days as (

    select distinct cast({{ tokyo('event_at') }} as date) as day
    from {{ ref('stg_pbx__queue_events') }}

),

messages as (

    select * from {{ ref('stg_pbx__messages') }}

),

sides as (

    select
        ids.call_id,
        first_channels.channel,
        first_channels.operator as first_channel_operator,
        coalesce(first_channels.is_local, false) as is_begun_inside,
        coalesce(queue_facts.is_from_own_phone, false) as is_from_own_phone,
        -- a trunk proves it; else whatever only a citizen's call does, unless our own phone began it
        coalesce(first_channels.is_trunk and not first_channels.is_begun_by_exchange, false) or (
            first_channels.operator is null
            and not coalesce(first_channels.is_local or first_channels.is_begun_by_exchange, false)
            and not coalesce(queue_facts.is_from_own_phone, false)
            and (
                queue_facts.call_id is not null
                or answers.call_id is not null
                or coalesce(channel_facts.is_inbound_context, false)
                or coalesce(record_facts.is_inbound_context, false)
            )
        ) as is_inbound,
        coalesce(channel_facts.dialled_place, record_facts.dialled_place) as dialled_place,
        coalesce(channel_facts.is_internal_context, false)
        or coalesce(record_facts.is_internal_context, false) as is_internal_context,
        coalesce(
            channel_facts.started_at,
            record_facts.started_at,
            {{ began_at('ids.call_id') }},
            least(queue_facts.first_at, channel_facts.first_at, record_facts.first_at)
        ) as started_at,
        channel_facts.ended_at as channel_said_end_at,
        record_facts.ended_at as record_said_end_at,
        coalesce(queue_facts.completed_at, queue_facts.abandoned_at) as queue_said_end_at,
        channel_facts.last_bridge_exit_at as bridge_said_end_at,
        coalesce(
            channel_facts.caller_pseudonym,
            record_facts.caller_pseudonym,
            queue_facts.caller_pseudonym
        ) as calling_pseudonym,
        coalesce(channel_facts.dialled_pseudonym, record_facts.dialled_pseudonym)
            as dialled_pseudonym,
        coalesce(queue_facts.queue, channel_facts.queue, record_facts.queue) as queue,
        coalesce(channel_facts.reached_queue, false)
        or coalesce(record_facts.reached_queue, false)
        or coalesce(queue_facts.stretch_count > 0, false) as reached_queue,
        coalesce(channel_facts.reached_message, record_facts.reached_message, false)
        or queue_facts.key_exit_at is not null as chose_message,
        coalesce(channel_facts.reached_after_hours, false)
        or coalesce(record_facts.reached_after_hours, false)
        or coalesce(queue_facts.said_closed, false) as heard_after_hours,
        coalesce(channel_facts.found_lines_busy, false)
        or coalesce(record_facts.found_lines_busy, false) as found_lines_busy,
        coalesce(channel_facts.reached_entry, false)
        or coalesce(channel_facts.reached_menu, false)
        or coalesce(record_facts.reached_entry, false)
        or coalesce(record_facts.reached_menu, false) as reached_menu,
        channel_facts.call_id is not null as has_channel_events,
        record_facts.call_id is not null as has_records,
        queue_facts.call_id is not null as has_queue_events,
        queue_days.day is not null as queue_log_covers_day,
        coalesce(queue_facts.said_full, false) as was_told_full,
        coalesce(queue_facts.said_no_staff, false) as was_told_no_staff,
        queue_facts.stretch_count,
        queue_facts.first_at,
        queue_facts.last_at,
        queue_facts.entered_at,
        queue_facts.connected_at,
        queue_facts.queue_wait_seconds,
        queue_facts.connect_ring_seconds,
        queue_facts.completed_at,
        queue_facts.complete_talk_seconds,
        queue_facts.stretches_talk_seconds,
        greatest(queue_facts.transfer_count, channel_facts.transfer_count) as transfer_count,
        queue_facts.transfer_target,
        queue_facts.ring_attempt_count,
        queue_facts.ring_canceled_at,
        queue_facts.rang_out_at,
        queue_facts.canceled_ring_seconds,
        queue_facts.abandoned_at,
        queue_facts.key_exit_at,
        queue_facts.timed_out_at,
        queue_facts.emptied_at,
        queue_facts.verbs,
        queue_facts.last_row_key as queue_row_key,
        channel_facts.last_row_key as channel_row_key,
        record_facts.last_row_key as record_row_key,
        channel_facts.queue_started_at,
        channel_facts.queue_ended_at,
        channel_facts.first_bridge_at,
        channel_facts.last_bridge_exit_at,
        channel_facts.ended_at as channel_ended_at,
        channel_facts.hangup_cause,
        channel_facts.dialled_at,
        channel_facts.citizen_answered_at,
        channel_facts.far_joined_at,
        channel_facts.far_left_at,
        coalesce(nullif(channel_facts.rung_count, 0), nullif(record_facts.rung_count, 0))
            as rung_count,
        -- who stood in the queue for a while was taken in, whether its log says so or not
        coalesce(
            channel_facts.queue_ended_at
            > channel_facts.queue_started_at + interval {{ var('same_moment_seconds') }} second,
            record_facts.ended_in_queue,
            false
        ) as stood_in_queue,
        coalesce(first_channels.is_begun_by_exchange and first_channels.is_trunk, false)
        or coalesce(record_facts.dialled_a_line, false) as dialled_a_line,
        coalesce(
            queue_facts.ring_canceled_at >= queue_facts.abandoned_at - interval {{ var('same_moment_seconds') }} second, false
        )
        or (
            coalesce(
                record_facts.last_ring_ended_at
                >= record_facts.ended_at - interval {{ var('same_moment_seconds') }} second, false
            )
            -- a phone that rang out by itself in that moment was not ringing when the caller left
            and not coalesce(
                queue_facts.rang_out_at
                >= queue_facts.abandoned_at - interval {{ var('same_moment_seconds') }} second, false
            )
        ) as rang_at_end,
        record_facts.ended_at as record_ended_at,
        -- whoever was dialled decides: the phone of ours that was rung first does not
        case
            when record_facts.dialled_a_line then record_facts.line_was_answered
            else record_facts.dial_was_answered
        end as dial_was_answered,
        case
            when record_facts.dialled_a_line then record_facts.line_talk_seconds
            else record_facts.dial_talk_seconds
        end as dial_talk_seconds,
        case
            when record_facts.dialled_a_line then record_facts.line_ring_seconds
            else record_facts.dial_ring_seconds
        end as dial_ring_seconds,
        record_facts.phone_operator,
        record_facts.shapes,
        queue_facts.is_answered as queue_says_answered,
        answers.first_joined_at,
        answers.last_left_at,
        answers.is_open as conversation_is_open,
        answers.is_all_bridges,
        answers.first_operator,
        answers.last_operator,
        answers.proof as answer_proof,
        answers.is_handed_over,
        answers.stays_talk_seconds,
        answers.is_each_measured,
        answers.waited_again_seconds
    from ids
    left join first_channels on ids.call_id = first_channels.uniqueid
    left join queue_facts on ids.call_id = queue_facts.call_id
    left join channel_facts on ids.call_id = channel_facts.call_id
    left join record_facts on ids.call_id = record_facts.call_id
    left join answers on ids.call_id = answers.call_id
    left join queue_days
        on cast({{ tokyo('coalesce(channel_facts.started_at, record_facts.started_at, queue_facts.first_at)') }} as date) = queue_days.day

),

-- the end on which most sources agree: a channel that somebody listens in on is hung up late, a clock set back tells nothing
joined as (

    select
        *,
        case
            when agreed_end_at >= started_at then agreed_end_at
        end as ended_at,
        coalesce(
            abs({{ seconds_between('channel_said_end_at', 'record_said_end_at') }})
            > {{ var('ends_agree_seconds') }}, false
        ) as is_end_disputed,
        coalesce(agreed_end_at < started_at, false) as is_clock_disordered
    from (
        select
            *,
            case
                when
                    abs({{ seconds_between('channel_said_end_at', 'record_said_end_at') }})
                    <= {{ var('ends_agree_seconds') }}
                    then channel_said_end_at
                when
                    abs({{ seconds_between('record_said_end_at', 'coalesce(queue_said_end_at, bridge_said_end_at)') }})
                    <= {{ var('ends_agree_seconds') }}
                    then record_said_end_at
                else coalesce(
                    channel_said_end_at, record_said_end_at, queue_said_end_at
                )
            end as agreed_end_at
        from sides
    ) as judged

),

-- a message names no call: the channel's name is used again after a restart, so the second decides
with_message as (

    select
        joined.call_id,
        {{ first_of('messages.message_id', 'messages.recorded_at, messages.message_id') }} as message_id,
        min(messages.recorded_at) as message_at
    from joined
    inner join messages
        on
            joined.channel = messages.channel
            and messages.recorded_at between joined.started_at
            and coalesce(joined.ended_at, joined.started_at + interval {{ var('longest_open_call_hours') }} hour)
            + interval {{ var('message_after_end_seconds') }} second
    group by joined.call_id

),

final as (

    select
        joined.*,
        with_message.message_id,
        with_message.message_at,
        cast({{ tokyo('joined.started_at') }} as date) as call_date,
        exists(
            select 1 from restarts
            where
                restarts.restarted_at >= coalesce(joined.ended_at, joined.started_at)
                and restarts.restarted_at
                <= coalesce(joined.ended_at, joined.started_at + interval {{ var('longest_open_call_hours') }} hour)
                + interval {{ var('restart_after_end_seconds') }} second
        ) as ended_by_restart,
        calendar.is_business_day,
        coalesce(
            joined.started_at >= calendar.opens_at and joined.started_at < calendar.closes_at, false
        )
        or coalesce(joined.started_at < calendar.night_closes_at, false) as is_in_hours
    from joined
    left join with_message on joined.call_id = with_message.call_id
    left join {{ source('reference', 'calendar') }} as calendar
        on cast({{ tokyo('joined.started_at') }} as date) = calendar.date
    where joined.started_at is not null

)

select * from final
where {{ day_in_range('call_date') }}
