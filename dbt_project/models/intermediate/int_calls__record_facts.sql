-- What the CDR says of a call, one row per linked id. ANSWERED proves nothing: the PBX answers itself.
with cdr_rows as (

    select * from {{ ref('stg_pbx__cdr_rows') }}

),

dialplan as (

    select * from {{ source('reference', 'dialplan') }}

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

final as (

    select
        linkedid as call_id,
        min(start_at) filter (where is_first_channel) as started_at,
        max(end_at) as ended_at,
        max(caller_pseudonym) filter (where is_first_channel) as caller_pseudonym,
        max(dst_pseudonym) filter (where is_first_channel and meaning in ('internal', 'lines_busy'))
            as dialled_pseudonym,
        max(reached_queue_name) as queue,
        coalesce(bool_or(meaning = 'queue'), false) or max(reached_queue_name) is not null
            as reached_queue,
        coalesce(bool_or(meaning = 'queue_exit'), false) as reached_message,
        coalesce(bool_or(meaning = 'after_hours'), false) as reached_after_hours,
        coalesce(bool_or(meaning = 'lines_busy' and is_first_channel), false) as found_lines_busy,
        coalesce(bool_or(meaning = 'menu'), false) as reached_menu,
        coalesce(bool_or(meaning = 'inbound_entry'), false) as reached_entry,
        coalesce(
            bool_or(last_app = 'Dial' and disposition = 'ANSWERED' and billsec_seconds > 0), false
        ) as dial_was_answered,
        max(billsec_seconds) filter (where last_app = 'Dial' and disposition = 'ANSWERED')
            as dial_talk_seconds,
        max(duration_seconds - billsec_seconds) filter (where last_app = 'Dial')
            as dial_ring_seconds,
        coalesce(bool_or(dstchannel is not null and disposition = 'NO ANSWER'), false)
            as was_ringing,
        string_agg(distinct last_app || ':' || disposition, ' ') as shapes,
        arg_max(row_key, end_at) as last_row_key
    from meant
    group by linkedid

)

select * from final
