-- One row per call between a citizen and the centre.
with calls as (

    select * from {{ ref('int_calls__classified') }}

),

recordings as (

    select
        call_id,
        count(distinct take_id) as recording_count,
        -- of a format in which nobody here can hear, what is no damage counts as sound
        bool_or(coalesce(is_audible, header_state in ('ok', 'unmeasured'))) as has_audible_recording
    from {{ ref('int_calls__recordings') }}
    where call_id is not null
    group by call_id

),

queues as (

    select * from {{ source('reference', 'queues') }}

),

staff as (

    select distinct
        extension,
        operator
    from {{ source('reference', 'staff') }}
    where extension <> ''

),

short_abandons as (

    select
        valid_from,
        valid_until,
        seconds
    from {{ source('reference', 'definitions') }}
    where name = 'short_abandon' and role = 'threshold'

),

timed as (

    select
        calls.*,
        case
            when direction = 'outbound' then null
            when outcome = 'answered' then coalesce(first_joined_at, connected_at)
        end as answered_at,
        coalesce(queue_started_at, entered_at) as entered_queue_at
    from calls

),

measured as (

    select
        timed.*,
        case
            when direction = 'outbound' then null
            when
                outcome = 'answered'
                and queue_started_at is not null
                and answer_proof = 'bridge'
                then {{ seconds_between('queue_started_at', 'first_joined_at') }}
            when outcome = 'answered'
                then coalesce(
                    queue_wait_seconds, {{ seconds_between('queue_started_at', 'first_joined_at') }}
                )
            when not reached_queue then null
            when
                queue_started_at is not null
                and queue_ended_at is not null
                and coalesce(stretch_count, 1) = 1
                then {{ seconds_between('queue_started_at', 'queue_ended_at') }}
            else queue_wait_seconds
        end as wait_seconds,
        case
            when direction = 'outbound'
                then coalesce(
                    {{ seconds_between('dialled_at', 'coalesce(citizen_answered_at, channel_ended_at)') }},
                    dial_ring_seconds
                )
            when outcome = 'answered' then connect_ring_seconds
            when outcome_rule = 'R15' then canceled_ring_seconds
        end as ring_seconds,
        case
            when
                direction = 'outbound'
                and outcome = 'reached'
                then coalesce(
                    {{ seconds_between('far_joined_at', 'far_left_at') }},
                    {{ seconds_between('first_bridge_at', 'last_bridge_exit_at') }},
                    dial_talk_seconds
                )
            when outcome <> 'answered' then null
            when is_all_bridges and not conversation_is_open
                then {{ seconds_between('first_joined_at', 'last_left_at') }} - waited_again_seconds
            -- whoever took the call over after the last stay that is told of talked to its end
            when is_handed_over or not is_each_measured
                then coalesce(
                    {{ seconds_between('first_joined_at', 'record_ended_at') }} - waited_again_seconds,
                    stays_talk_seconds
                )
            else stays_talk_seconds
        end as talk_seconds
    from timed

),

final as (

    select
        measured.call_id,
        measured.direction,
        measured.started_at,
        {{ tokyo('measured.started_at') }} as started_at_local,
        measured.call_date,
        {{ monday_of('measured.call_date') }} as week_start_date,
        {{ half_hour_of('measured.started_at') }}
            as half_hour_start_local,
        measured.ended_at,
        case measured.direction
            when 'outbound' then measured.dialled_pseudonym
            else measured.calling_pseudonym
        end as caller_pseudonym,
        coalesce(queues.name, measured.queue) as queue,
        case when measured.direction = 'inbound' then queues.menu_choice end as menu_choice,
        measured.outcome,
        measured.outcome_reason,
        measured.outcome_rule,
        concat_ws(
            '; ',
            measured.outcome_rule,
            case when measured.outcome = 'answered' then 'answer: ' || measured.answer_proof end,
            'queue_log: ' || measured.verbs,
            'cdr: ' || measured.shapes,
            case when measured.has_channel_events then 'cel' end,
            'rows: ' || concat_ws(
                ' ', measured.queue_row_key, measured.record_row_key, measured.channel_row_key
            )
        ) as outcome_evidence,
        measured.is_in_hours,
        measured.entered_queue_at,
        measured.answered_at,
        -- a clock that was set back tells nothing
        {% for column in ['wait_seconds', 'ring_seconds', 'talk_seconds'] -%}
            cast(case when measured.{{ column }} >= 0 then measured.{{ column }} end as double)
                as {{ column }},
        {% endfor -%}
        -- of a call without a talk nothing was held
        cast(
            case when measured.talk_seconds >= 0 then round(holds.hold_seconds, 3) end as double
        ) as hold_seconds,
        case
            when measured.direction = 'outbound'
                then coalesce(
                    measured.first_channel_operator, measured.first_operator, measured.phone_operator
                )
            when measured.outcome = 'answered' then measured.first_operator
        end as first_operator,
        case
            when measured.direction = 'outbound'
                then coalesce(
                    measured.first_channel_operator, measured.last_operator, measured.phone_operator
                )
            -- to whom the last transfer that is told of went, if that is told
            when measured.outcome = 'answered' and measured.is_handed_over then staff.operator
            when measured.outcome = 'answered' then measured.last_operator
        end as last_operator,
        cast(coalesce(measured.transfer_count, 0) as integer) as transfer_count,
        case
            when coalesce(measured.transfer_count, 0) > 0
                then coalesce(
                    case
                        when not measured.is_handed_over
                            then nullif(measured.last_operator, measured.first_operator)
                    end,
                    staff.operator
                )
        end as transferred_to,
        cast(
            case
                when measured.direction = 'outbound' then null
                when measured.has_queue_events then coalesce(measured.ring_attempt_count, 0)
                else measured.rung_count
            end as integer
        ) as ring_attempt_count,
        measured.message_id is not null as has_message,
        cast(coalesce(recordings.recording_count, 0) as integer) as recording_count,
        coalesce(recordings.has_audible_recording, false) as has_audible_recording,
        coalesce(
            measured.outcome = 'abandoned' and measured.wait_seconds < short_abandons.seconds, false
        ) as is_short_abandon,
        measured.hangup_cause,
        measured.has_records,
        measured.has_channel_events,
        measured.ended_at is not null and measured.outcome_rule <> 'R18' as is_complete,
        measured.is_clock_disordered
        or coalesce(measured.answered_at < measured.started_at, false)
        or coalesce(
            least(measured.wait_seconds, measured.ring_seconds, measured.talk_seconds) < 0, false
        ) as has_times_out_of_order,
        measured.is_end_disputed as has_ends_that_differ
    from measured
    left join recordings on measured.call_id = recordings.call_id
    left join {{ ref('int_calls__holds') }} as holds on measured.call_id = holds.call_id
    left join queues on measured.queue = queues.queue
    left join staff on measured.transfer_target = staff.extension
    left join short_abandons
        on
            measured.call_date >= short_abandons.valid_from
            and measured.call_date < coalesce(short_abandons.valid_until, cast('9999-12-31' as date))

)

select * from final
