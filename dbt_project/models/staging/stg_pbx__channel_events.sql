-- What channels did, in neutral words; the only source with microseconds (CEL).
with {{ first_deliveries('cel', 'event_at') }},

final as (

    select
        row_key,
        event_at,
        source_id,
        byte_offset,
        case event_type
            when 'CHAN_START' then 'started'
            when 'CHAN_END' then 'ended'
            when 'ANSWER' then 'answered'
            when 'HANGUP' then 'hung_up'
            when 'LINKEDID_END' then 'call_ended'
            when 'APP_START' then 'step_began'
            when 'APP_END' then 'step_ended'
            when 'BRIDGE_ENTER' then 'joined'
            when 'BRIDGE_EXIT' then 'left'
            when 'BLINDTRANSFER' then 'transferred'
            when 'ATTENDEDTRANSFER' then 'transferred'
            when 'STREAM_BEGIN' then 'played'
            when 'STREAM_END' then 'played'
            else 'other'
        end as event,
        uniqueid,
        linkedid,
        context,
        exten,
        exten_pseudonym,
        channel,
        peer_channel,
        coalesce(app = 'Queue', false) as is_queue_step,
        coalesce(app = 'AppDial2', false) as is_begun_by_exchange,
        app_queue,
        accountcode,
        caller_pseudonym,
        bridge_id,
        hangup_cause,
        dial_status,
        transfer_target,
        transfer_target_pseudonym,
        transfer_target_channel,
        delivered_count
    from first_deliveries

)

select * from final
