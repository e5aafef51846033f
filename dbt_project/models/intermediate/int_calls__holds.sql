-- For how long each call was on hold; a call of which anything may have been missed has no row (docs/call-outcomes.md).
with events as (

    select * from {{ ref('stg_pbx__manager_events') }}
    where event in ('began', 'joined', 'left', 'held', 'resumed', 'ended')

),

channels as (

    select
        connection,
        uniqueid,
        -- a channel that was joined to an older call belongs to that one, as in the other logs
        min(linkedid) as call_id,
        bool_or(event = 'began') and bool_or(event = 'ended') as is_whole
    from events
    group by connection, uniqueid

),

-- one connection heard the call's first channel begin, and every one of its channels begin and end
heard as (

    select
        call_id,
        min(connection) as connection
    from channels
    group by call_id
    having
        count(distinct connection) = 1
        and bool_and(is_whole)
        and bool_or(uniqueid = call_id)

),

in_order as (

    select
        events.*,
        heard.call_id,
        lag(events.event) over (
            partition by events.connection, events.uniqueid order by events.sequence
        ) as event_before,
        -- whether the channel is in a bridge, and so talks to somebody
        sum(case events.event when 'joined' then 1 when 'left' then -1 else 0 end) over (
            partition by events.connection, events.uniqueid
            order by events.sequence rows between unbounded preceding and current row
        ) as bridges,
        min(case when events.event <> 'held' then events.event_at end) over (
            partition by events.connection, events.uniqueid
            order by events.sequence rows between 1 following and unbounded following
        ) as over_at
    from events
    inner join channels
        on events.connection = channels.connection and events.uniqueid = channels.uniqueid
    inner join heard
        on channels.connection = heard.connection and channels.call_id = heard.call_id

),

-- the first of several in a row is the one that began it; whom the citizen puts on hold is no hold of ours
holds as (

    select
        in_order.call_id,
        in_order.event_at as held_at,
        in_order.over_at
    from in_order
    left join {{ ref('int_calls__channels') }} as whose on in_order.uniqueid = whose.uniqueid
    where
        in_order.event = 'held'
        and coalesce(in_order.event_before, '') <> 'held'
        and in_order.bridges > 0
        and in_order.over_at > in_order.event_at
        and not coalesce(whose.is_citizen, in_order.uniqueid = in_order.call_id)

),

-- two who hold at once hold one call: what was held by an earlier one is not counted again
with_reach as (

    select
        *,
        max(over_at) over (
            partition by call_id
            order by held_at, over_at rows between unbounded preceding and 1 preceding
        ) as reached_at
    from holds

),

lengths as (

    select
        call_id,
        case
            when reached_at is null or reached_at <= held_at
                then {{ seconds_between('held_at', 'over_at') }}
            when reached_at < over_at then {{ seconds_between('reached_at', 'over_at') }}
            else 0
        end as seconds
    from with_reach

),

final as (

    select
        heard.call_id,
        count(lengths.call_id) as hold_count,
        coalesce(sum(lengths.seconds), 0) as hold_seconds
    from heard
    left join lengths on heard.call_id = lengths.call_id
    group by heard.call_id

)

select * from final
