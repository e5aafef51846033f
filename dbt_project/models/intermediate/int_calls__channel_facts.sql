-- What CEL says of a call, one row per linked id. The first channel is the one that began the call.
with events as (

    select * from {{ ref('stg_pbx__channel_events') }}
    where event <> 'played' -- what was heard meanwhile: most rows, and nothing that decides

),

channels as (

    select * from {{ ref('int_calls__channels') }}

),

dialplan as (

    select * from {{ source('reference', 'dialplan') }}
    where left(meaning, 5) <> 'said_'

),

of_first_channel as (

    select
        events.*,
        dialplan.meaning,
        dialplan.queue as context_queue
    from events
    left join dialplan on events.context = dialplan.context
    where events.uniqueid = events.linkedid

),

-- a linked id that is no channel's own (it was merged, or its beginning is missing) is a call all the same
linked as (

    select
        linkedid as call_id,
        min(event_at) as first_at
    from {{ ref('stg_pbx__channel_events') }}
    group by linkedid

),

first_channel as (

    select
        linkedid as call_id,
        min(event_at) filter (where event = 'started') as started_at,
        coalesce(
            max(event_at) filter (where event in ('hung_up', 'ended')),
            max(event_at) filter (where event = 'call_ended')
        ) as ended_at,
        max(hangup_cause) filter (where event = 'hung_up') as hangup_cause,
        max(caller_pseudonym) as caller_pseudonym,
        max(exten_pseudonym) filter (where meaning = 'internal' or meaning = 'lines_busy')
            as dialled_pseudonym,
        min(event_at) filter (where event = 'step_began' and is_queue_step) as queue_started_at,
        max(event_at) filter (where event = 'step_began' and is_queue_step)
            as last_queue_started_at,
        max(event_at) filter (where event = 'step_ended' and is_queue_step) as queue_ended_at,
        {{ last_of('coalesce(app_queue, context_queue)', in_order()) }} filter (
            where (is_queue_step or meaning = 'queue')
            and coalesce(app_queue, context_queue) is not null
        ) as queue,
        coalesce(bool_or(meaning = 'queue'), false) as reached_queue,
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
        coalesce(bool_or(meaning = 'lines_busy'), false) as found_lines_busy,
        coalesce(bool_or(meaning = 'menu'), false) as reached_menu,
        coalesce(bool_or(meaning = 'inbound_entry'), false) as reached_entry,
        min(event_at) filter (where event = 'joined') as first_bridge_at,
        max(event_at) filter (where event = 'left') as last_bridge_exit_at,
        {{ first_of('exten', in_order()) }} filter (where exten is not null) as dialled_place,
        {{ last_of('row_key', in_order()) }} as last_row_key
    from of_first_channel
    group by linkedid

),

dialled_legs as (

    select
        linkedid as call_id,
        min(started_at) as dialled_at,
        min(answered_at) as citizen_answered_at,
        min(first_joined_at) as far_joined_at,
        max(last_left_at) as far_left_at
    from channels
    where is_trunk and uniqueid <> linkedid
    group by linkedid

),

transfers as (

    select
        linkedid as call_id,
        sum(transfer_count) as transfer_count
    from channels
    where transfer_count > 0
    group by linkedid

),

rings as (

    select
        linkedid as call_id,
        count(*) as rung_count
    from channels
    where operator is not null and uniqueid <> linkedid
    group by linkedid

),

final as (

    select
        linked.call_id,
        linked.first_at,
        first_channel.started_at,
        first_channel.ended_at,
        first_channel.hangup_cause,
        first_channel.caller_pseudonym,
        first_channel.dialled_pseudonym,
        first_channel.queue_started_at,
        first_channel.last_queue_started_at,
        first_channel.queue_ended_at,
        first_channel.queue,
        first_channel.reached_queue,
        first_channel.is_inbound_context,
        first_channel.is_internal_context,
        first_channel.reached_message,
        first_channel.reached_after_hours,
        first_channel.found_lines_busy,
        first_channel.reached_menu,
        first_channel.reached_entry,
        first_channel.first_bridge_at,
        first_channel.last_bridge_exit_at,
        first_channel.dialled_place,
        first_channel.last_row_key,
        dialled_legs.dialled_at,
        dialled_legs.citizen_answered_at,
        dialled_legs.far_joined_at,
        dialled_legs.far_left_at,
        rings.rung_count,
        transfers.transfer_count
    from linked
    left join first_channel on linked.call_id = first_channel.call_id
    left join dialled_legs on linked.call_id = dialled_legs.call_id
    left join rings on linked.call_id = rings.call_id
    left join transfers on linked.call_id = transfers.call_id

)

select * from final
