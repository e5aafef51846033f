{{ config(materialized='by_day') }}
-- One row per stretch of an operator's day: logged on, paused with its reason, talking, or rung in vain; and what the day says of
-- the night after it (stayed_over: nobody logged off) and before it (came_over: who logs off had been logged on earlier).
with events as (

    select
        operator,
        coalesce(queue, '*') as queue,
        event,
        event_at,
        source_id,
        byte_offset,
        pause_reason,
        logged_on_seconds,
        starts_paused,
        cast({{ tokyo('event_at') }} as date) as call_date,
        -- a pause of all queues is written once for all and once for each: the single ones count
        queue is null and event in ('paused', 'resumed') and bool_or(queue is not null) over (
            partition by operator, event, event_at
        ) as is_said_by_queue
    from {{ ref('stg_pbx__queue_events') }}
    where
        operator is not null
        and event in ('logged_on', 'logged_off', 'paused', 'resumed')

),

queues_of_day as (

    select distinct
        operator,
        call_date,
        queue
    from events

),

-- what begins or ends a state in one queue; what is said of all queues is said of each
moments as (

    select
        operator,
        call_date,
        queue,
        'logged_on' as state,
        event = 'logged_on' as is_begin,
        cast(null as string) as reason,
        logged_on_seconds,
        {{ in_order() }}
    from events
    where event in ('logged_on', 'logged_off')
    union all
    -- who logs off from all queues leaves each
    select
        events.operator,
        events.call_date,
        queues_of_day.queue,
        states.state,
        false as is_begin,
        cast(null as string) as reason,
        events.logged_on_seconds,
        {{ in_order('events.') }}
    from events
    inner join queues_of_day
        on
            events.operator = queues_of_day.operator
            and events.call_date = queues_of_day.call_date
            and queues_of_day.queue <> '*'
    cross join (
        select 'logged_on' as state
        union all
        select 'paused' as state
    ) as states
    where events.event = 'logged_off' and events.queue = '*'
    union all
    select
        operator,
        call_date,
        queue,
        'paused' as state,
        event <> 'logged_off' as is_begin,
        pause_reason as reason,
        cast(null as integer) as logged_on_seconds,
        {{ in_order() }}
    from events
    where
        (event = 'paused' and not is_said_by_queue)
        or (event = 'logged_on' and starts_paused)
        or event = 'logged_off'
    union all
    select
        events.operator,
        events.call_date,
        queues_of_day.queue,
        'paused' as state,
        false as is_begin,
        cast(null as string) as reason,
        cast(null as integer) as logged_on_seconds,
        {{ in_order('events.') }}
    from events
    inner join queues_of_day
        on
            events.operator = queues_of_day.operator
            and events.call_date = queues_of_day.call_date
            and events.queue in (queues_of_day.queue, '*')
    where events.event = 'resumed' and not events.is_said_by_queue

),

changes as (

    select
        *,
        lag(is_begin) over of_state as was_begin
    from moments
    window of_state as (
        partition by operator, call_date, queue, state order by {{ in_order() }}
    )

),

-- a day's figure ends with the day: who is not logged off by its end is taken to have stayed until it closed
per_queue as (

    select
        changes.operator,
        changes.call_date,
        changes.state,
        changes.reason,
        changes.is_begin,
        changes.was_begin,
        changes.logged_on_seconds,
        -- who logs off from all queues came over only if no queue was entered before on that day
        changes.queue <> '*' or changes.event_at <= min(changes.event_at) over (
            partition by changes.operator, changes.call_date, changes.state
        ) as is_first_said,
        calendar.opens_at,
        changes.event_at as began_at,
        lead(changes.event_at) over (
            partition by changes.operator, changes.call_date, changes.queue, changes.state
            order by changes.event_at, changes.source_id, changes.byte_offset
        ) as said_end_at,
        case
            when calendar.closes_at > changes.event_at then calendar.closes_at
            else {{ from_tokyo(as_civil('changes.call_date + 1')) }}
        end as day_end_at
    from changes
    left join {{ source('reference', 'calendar') }} as calendar
        on changes.call_date = calendar.date
    where changes.was_begin is distinct from changes.is_begin

),

-- said of several queues at once, it is said once: rows that tie would be put in order twice, and not the same way
ended as (

    select distinct
        operator,
        call_date,
        state,
        reason,
        began_at,
        case
            when said_end_at is not null then said_end_at
            when day_end_at <= {{ now() }} then day_end_at
        end as ended_at,
        said_end_at is null
        and day_end_at <= {{ now() }} as is_end_assumed
    from per_queue
    where is_begin
    union
    -- who logs off had been logged on: for as long as the line says, else over the night, and so since the day opened
    select
        operator,
        call_date,
        state,
        reason,
        began_on_at as began_at,
        began_at as ended_at,
        false as is_end_assumed
    from (
        select
            *,
            case
                when
                    began_at - {{ in_seconds('logged_on_seconds') }}
                    >= {{ from_tokyo(as_civil('call_date')) }}
                    then began_at - {{ in_seconds('logged_on_seconds') }}
                else opens_at
            end as began_on_at
        from per_queue
        where state = 'logged_on' and not is_begin and was_begin is null
    ) as ends
    where began_on_at < began_at

),

-- in any queue is in that state: what overlaps or touches is one stretch
marked as (

    select
        *,
        not coalesce(bool_or(ended_at is null) over earlier, false)
        and coalesce(began_at > max(ended_at) over earlier, true) as is_new
    from ended
    window earlier as (
        partition by operator, call_date, state, reason
        order by began_at, ended_at, is_end_assumed
        rows between unbounded preceding and 1 preceding
    )

),

grouped as (

    select
        *,
        sum(case when is_new then 1 else 0 end) over (
            partition by operator, call_date, state, reason
            order by began_at, ended_at, is_end_assumed
            rows unbounded preceding
        ) as island
    from marked

),

states as (

    select
        operator,
        call_date,
        state,
        reason,
        min(began_at) as began_at,
        case when bool_and(ended_at is not null) then max(ended_at) end as ended_at,
        coalesce(
            {{ last_of('is_end_assumed', 'ended_at is null, ended_at, is_end_assumed') }}, false
        ) as is_end_assumed
    from grouped
    group by operator, call_date, state, reason, island

),

nights as (

    select distinct
        operator,
        call_date,
        'stayed_over' as state,
        cast(null as string) as reason,
        began_at,
        {{ as_instant('null') }} as ended_at,
        true as is_end_assumed
    from per_queue
    where state = 'logged_on' and is_begin and said_end_at is null
    union
    select
        operator,
        call_date,
        'came_over' as state,
        cast(null as string) as reason,
        began_at - {{ in_seconds('logged_on_seconds') }} as began_at,
        began_at as ended_at,
        false as is_end_assumed
    from per_queue
    where
        state = 'logged_on'
        and not is_begin
        and was_begin is null
        and is_first_said
        and coalesce(
            began_at - {{ in_seconds('logged_on_seconds') }}
            < {{ from_tokyo(as_civil('call_date')) }},
            true
        )

),

talks as (

    select
        operator,
        call_date,
        'talking' as state,
        cast(null as string) as reason,
        joined_at as began_at,
        left_at as ended_at,
        false as is_end_assumed
    from {{ ref('fct_operator_legs') }}
    where {{ day_in_range('call_date') }}

),

rings as (

    select
        operator,
        cast({{ tokyo('event_at') }} as date) as call_date,
        'ringing' as state,
        cast(null as string) as reason,
        event_at - {{ in_seconds('coalesce(ring_seconds, 0)') }} as began_at,
        event_at as ended_at,
        false as is_end_assumed
    from {{ ref('stg_pbx__queue_events') }}
    where operator is not null and event = 'rang_unanswered'

),

unioned as (

    select
        operator,
        call_date,
        state,
        reason,
        began_at,
        ended_at,
        is_end_assumed
    from states
    union all
    select * from nights
    union all
    select * from talks
    union all
    select * from rings

),

final as (

    select
        operator,
        call_date,
        state,
        reason,
        began_at,
        ended_at,
        is_end_assumed
    from unioned

)

select * from final
where {{ day_in_range('call_date') }}
