-- What the CDR says of a call, one row per linked id. ANSWERED proves nothing: the PBX answers itself.
with cdr_rows as (

    select * from {{ ref('stg_pbx__cdr_rows') }}

),

dialplan as (

    select * from {{ source('reference', 'dialplan') }}
    where left(meaning, 5) <> 'said_'

),

meant as (

    select
        cdr_rows.*,
        dialplan.meaning,
        cdr_rows.uniqueid = cdr_rows.linkedid as is_first_channel,
        coalesce(cdr_rows.app_queue, dialplan.queue, queues.queue) as reached_queue_name
    from cdr_rows
    left join dialplan on cdr_rows.dcontext = dialplan.context
    left join {{ source('reference', 'queues') }} as queues on cdr_rows.userfield = queues.queue

),

of_records as (

    select
        linkedid as call_id,
        min(start_at) filter (where is_first_channel) as started_at,
        min(start_at) as first_at,
        max(end_at) as ended_at,
        max(caller_pseudonym) filter (where is_first_channel) as caller_pseudonym,
        max(dst_pseudonym) filter (where is_first_channel and meaning in ('internal', 'lines_busy'))
            as dialled_pseudonym,
        max(reached_queue_name) as queue,
        coalesce(bool_or(meaning = 'queue'), false) or max(reached_queue_name) is not null
            as reached_queue,
        coalesce(
            bool_or(
                meaning in (
                    'inbound_entry', 'menu', 'queue', 'queue_exit', 'ring_group', 'after_hours'
                )
            ), false
        ) as is_inbound_context,
        coalesce(bool_or(meaning = 'internal'), false) as is_internal_context,
        coalesce(bool_or(meaning = 'queue_exit'), false) as reached_message,
        coalesce(bool_or(meaning = 'after_hours'), false) as reached_after_hours,
        coalesce(bool_or(meaning = 'lines_busy' and is_first_channel), false) as found_lines_busy,
        coalesce(bool_or(meaning = 'menu'), false) as reached_menu,
        coalesce(bool_or(meaning = 'inbound_entry'), false) as reached_entry,
        coalesce(bool_or(is_dialled_leg and is_answered and billsec_seconds > 0), false)
            as dial_was_answered,
        max(billsec_seconds) filter (where is_dialled_leg and is_answered)
            as dial_talk_seconds,
        max(duration_seconds - billsec_seconds) filter (where is_dialled_leg)
            as dial_ring_seconds,
        max(end_at) filter (where dstchannel is not null and is_unanswered) as last_ring_ended_at,
        {{ last_of('coalesce(app_queue is not null, 1 = 0)', 'end_at, row_key') }} filter (where is_first_channel)
            as ended_in_queue,
        {{ first_of('dst', 'start_at, row_key') }} filter (where is_first_channel and dst is not null)
            as dialled_place,
        {{ joined_text('source_words', ' ', 'source_words', is_distinct=true) }} as shapes,
        {{ last_of('row_key', 'end_at, row_key') }} as last_row_key
    from meant
    group by linkedid

),

-- who was rung, and whether the line that was dialled answered
of_legs as (

    select
        call_id,
        count(*) filter (where operator is not null and is_of_citizen) as rung_count,
        bool_or(is_trunk and is_dialled_leg) as dialled_a_line,
        bool_or(is_trunk and is_dialled_leg and is_answered) as line_was_answered,
        max(billsec_seconds) filter (where is_trunk and is_dialled_leg and is_answered)
            as line_talk_seconds,
        max(duration_seconds - billsec_seconds) filter (where is_trunk and is_dialled_leg)
            as line_ring_seconds,
        min(operator) filter (where is_answered) as phone_operator
    from {{ ref('int_calls__record_legs') }}
    group by call_id

),

final as (

    select
        of_records.*,
        of_legs.rung_count,
        coalesce(of_legs.dialled_a_line, false) as dialled_a_line,
        of_legs.line_was_answered,
        of_legs.line_talk_seconds,
        of_legs.line_ring_seconds,
        of_legs.phone_operator
    from of_records
    left join of_legs on of_records.call_id = of_legs.call_id

)

select * from final
