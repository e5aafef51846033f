-- Who was in one bridge with the citizen, from when to when: one row per stay of an operator.
{%- set moment = "interval " ~ var('same_moment_seconds') ~ " second" %}
with events as (

    select * from {{ ref('stg_pbx__channel_events') }}
    where event in ('joined', 'left') and bridge_id is not null

),

channels as (

    select * from {{ ref('int_calls__channels') }}

),

-- an entry ends with the exit that follows it; where one of the two was lost, the channel's own answer or end stands in
paired as (

    select
        uniqueid,
        bridge_id,
        event,
        event_at,
        lead(event) over of_stay as next_event,
        lead(event_at) over of_stay as next_at,
        lag(event) over of_stay as previous_event
    from events
    window of_stay as (
        partition by uniqueid, bridge_id order by event_at, source_id, byte_offset
    )

),

stays as (

    select
        channels.linkedid as call_id,
        channels.is_citizen,
        channels.is_local,
        channels.operator,
        channels.channel,
        channels.started_at,
        paired.uniqueid,
        paired.bridge_id,
        case
            when paired.event = 'joined' then paired.event_at
            else coalesce(channels.answered_at, channels.started_at, paired.event_at)
        end as entered_at,
        case
            when paired.event = 'left' then paired.event_at
            when paired.next_event = 'left' then paired.next_at
            else channels.ended_at
        end as left_at
    from paired
    inner join channels on paired.uniqueid = channels.uniqueid
    where
        (channels.is_citizen or channels.operator is not null or channels.is_local)
        and (
            paired.event = 'joined'
            or paired.previous_event is null
            or paired.previous_event <> 'joined'
        )

),

-- the two halves of a Local channel make one conversation of two bridges; where nobody asked for it but the exchange itself (an
-- originate), they may bear two linked ids: then they are halves of one by their name and the moment in which they began
halves as (

    select
        call_id,
        started_at,
        left(channel, length(channel) - 2) as pair,
        uniqueid,
        bridge_id,
        entered_at,
        left_at
    from stays
    where is_local

),

linked as (

    select
        near.bridge_id,
        far.bridge_id as far_bridge_id,
        greatest(near.entered_at, far.entered_at) as entered_at,
        least(near.left_at, far.left_at) as left_at
    from halves as near
    inner join halves as far
        on
            near.pair = far.pair
            and (
                near.call_id = far.call_id
                or (
                    near.started_at <= far.started_at + {{ moment }}
                    and far.started_at <= near.started_at + {{ moment }}
                )
            )
            and near.uniqueid <> far.uniqueid
            and near.bridge_id <> far.bridge_id
            and {{ overlap('near', 'far') }}

),

of_citizens as (

    select
        call_id,
        bridge_id,
        entered_at,
        left_at
    from stays
    where is_citizen

),

-- a member of a queue is one Local channel away, one who follows calls to another phone two
one_away as (

    select
        of_citizens.call_id,
        linked.far_bridge_id as bridge_id,
        greatest(of_citizens.entered_at, linked.entered_at) as entered_at,
        least(of_citizens.left_at, linked.left_at) as left_at
    from of_citizens
    inner join linked
        on of_citizens.bridge_id = linked.bridge_id and {{ overlap('of_citizens', 'linked') }}

),

two_away as (

    select
        one_away.call_id,
        linked.far_bridge_id as bridge_id,
        greatest(one_away.entered_at, linked.entered_at) as entered_at,
        least(one_away.left_at, linked.left_at) as left_at
    from one_away
    inner join linked
        on one_away.bridge_id = linked.bridge_id and {{ overlap('one_away', 'linked') }}

),

reached as (

    select * from of_citizens
    union all
    select * from one_away
    union all
    select * from two_away

),

of_staff as (

    select * from stays
    where operator is not null

),

final as (

    select
        reached.call_id,
        of_staff.operator,
        of_staff.uniqueid as operator_uniqueid,
        reached.bridge_id,
        greatest(reached.entered_at, of_staff.entered_at) as joined_at,
        least(reached.left_at, of_staff.left_at) as left_at
    from reached
    inner join of_staff
        on reached.bridge_id = of_staff.bridge_id and {{ overlap('reached', 'of_staff') }}

)

select * from final
