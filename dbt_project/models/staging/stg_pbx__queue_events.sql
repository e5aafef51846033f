-- The queue's story in neutral words. A line that was delivered twice is one event; how often it came is kept.
with staff as (

    select * from {{ source('reference', 'staff') }}

),

-- a member behind a Local channel is whoever has that extension
local_members as (

    select
        extension,
        min(operator) as operator
    from {{ source('reference', 'staff') }}
    where extension <> ''
    group by extension

),

own_phones as (

    select extension from {{ source('reference', 'staff') }}
    where extension <> ''

),

-- what a dialplan of the site writes into the queue's log by itself
words as (

    select
        context as word,
        meaning
    from {{ source('reference', 'dialplan') }}
    where left(meaning, 5) = 'said_'

),

{{ first_deliveries('queue_log', 'event_at') }},

final as (

    select
        events.row_key,
        events.event_at,
        events.source_id,
        events.byte_offset,
        events.call_uniqueid,
        events.origin,
        events.queue,
        events.agent as agent_spelling,
        coalesce(staff.operator, local_members.operator, {{ bare_spelling('events.agent') }}) as operator,
        case
            when events.verb = 'ENTERQUEUE' then 'entered'
            when events.verb = 'CONNECT' then 'answered'
            when events.verb in ('COMPLETEAGENT', 'COMPLETECALLER') then 'completed'
            when events.verb in ('BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER') then 'transferred'
            when events.verb = 'RINGNOANSWER' then 'rang_unanswered'
            when events.verb = 'RINGCANCELED' then 'ring_canceled'
            when events.verb = 'ABANDON' then 'abandoned'
            when events.verb = 'EXITWITHKEY' then 'left_by_key'
            when events.verb = 'EXITWITHTIMEOUT' then 'timed_out'
            when events.verb = 'EXITEMPTY' then 'emptied'
            when events.verb in ('ADDMEMBER', 'AGENTLOGIN', 'AGENTCALLBACKLOGIN') then 'logged_on'
            when events.verb in ('REMOVEMEMBER', 'AGENTLOGOFF', 'AGENTCALLBACKLOGOFF')
                then 'logged_off'
            when events.verb in ('PAUSE', 'PAUSEALL') then 'paused'
            when events.verb in ('UNPAUSE', 'UNPAUSEALL') then 'resumed'
            when events.verb = 'QUEUESTART' then 'restarted'
            else coalesce(words.meaning, 'other')
        end as event,
        events.verb as source_word,
        events.caller_pseudonym,
        coalesce(events.caller_extension in (select extension from own_phones), false)
            as is_from_own_phone,
        events.wait_seconds,
        events.talk_seconds,
        events.entry_position,
        events.ring_ms / cast(1000 as double) as ring_seconds,
        events.operator_uniqueid,
        events.transfer_target,
        events.transfer_target_pseudonym,
        events.transfer_method,
        events.pause_reason,
        events.logged_on_seconds,
        coalesce(events.starts_paused, false) as starts_paused,
        events.delivered_count
    from first_deliveries as events
    left join staff on events.agent = staff.spelling
    left join local_members
        on
            case
                when left(events.agent, 6) = 'Local/'
                    then regexp_extract(events.agent, '^Local/([^@]+)@', 1)
            end = local_members.extension
    left join words on events.verb = words.word

)

select * from final
