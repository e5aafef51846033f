{{ config(kind="view", tags=["weekly"]) }}
-- One row per operator and day: legs, and how long they were logged on, on pause, rung in vain.
with intervals as (

    select * from {{ ref('fct_operator_intervals') }}

),

-- logged on and on pause overlap, the latter with itself where reasons differ: each moment counts once
changes as (

    select
        operator,
        call_date,
        began_at as changed_at,
        cast(state = 'logged_on' as integer) as on_step,
        cast(state = 'paused' as integer) as pause_step
    from intervals
    where state in ('logged_on', 'paused') and ended_at is not null
    union all
    select
        operator,
        call_date,
        ended_at as changed_at,
        -cast(state = 'logged_on' as integer) as on_step,
        -cast(state = 'paused' as integer) as pause_step
    from intervals
    where state in ('logged_on', 'paused') and ended_at is not null

),

moments as (

    select
        operator,
        call_date,
        changed_at,
        sum(on_step) as on_step,
        sum(pause_step) as pause_step
    from changes
    group by operator, call_date, changed_at

),

spans as (

    select
        operator,
        call_date,
        sum(on_step) over so_far > 0 as is_logged_on,
        sum(pause_step) over so_far > 0 as is_paused,
        {{ seconds_between('changed_at', 'lead(changed_at) over of_day') }} as seconds
    from moments
    window
        of_day as (partition by operator, call_date order by changed_at),
        so_far as (
            partition by operator, call_date order by changed_at rows unbounded preceding
        )

),

presence as (

    select
        operator,
        call_date,
        {{ total_seconds('case when is_logged_on then seconds end') }} as logged_on_seconds,
        {{ total_seconds('case when is_logged_on and is_paused then seconds else 0 end') }}
            as paused_seconds
    from spans
    group by operator, call_date

),

rings as (

    select
        operator,
        call_date,
        count(*) as ring_unanswered_count
    from intervals
    where state = 'ringing'
    group by operator, call_date

),

legs as (

    select
        legs.operator,
        legs.call_date,
        count(*) filter (where legs.direction = 'inbound') as answered_leg_count,
        count(*) filter (where legs.direction = 'outbound') as outbound_leg_count,
        count(legs.talk_seconds) filter (where legs.direction = 'inbound') as talk_measured_count,
        {{ total_seconds("case when legs.direction = 'inbound' then legs.talk_seconds end") }}
            as talk_seconds_total,
        {{ total_seconds("case when legs.direction = 'outbound' then legs.talk_seconds end") }}
            as outbound_talk_seconds_total,
        max(legs.talk_seconds) filter (where legs.direction = 'inbound') as longest_talk_seconds,
        count(*) filter (where legs.leg_number <= calls.transfer_count) as transfer_given_count
    from {{ ref('fct_operator_legs') }} as legs
    inner join {{ ref('fct_calls') }} as calls on legs.call_id = calls.call_id
    group by legs.operator, legs.call_date

),

named as (

    select distinct
        operator,
        call_date
    from intervals
    union
    select
        operator,
        call_date
    from legs

),

final as (

    select
        named.operator,
        named.call_date,
        coalesce(legs.answered_leg_count, 0) as answered_leg_count,
        coalesce(legs.outbound_leg_count, 0) as outbound_leg_count,
        coalesce(legs.talk_measured_count, 0) as talk_measured_count,
        coalesce(legs.talk_seconds_total, 0) as talk_seconds_total,
        coalesce(legs.outbound_talk_seconds_total, 0) as outbound_talk_seconds_total,
        legs.longest_talk_seconds,
        coalesce(legs.transfer_given_count, 0) as transfer_given_count,
        coalesce(rings.ring_unanswered_count, 0) as ring_unanswered_count,
        presence.logged_on_seconds,
        presence.paused_seconds,
        presence.logged_on_seconds - presence.paused_seconds as staffed_seconds
    from named
    left join legs on named.operator = legs.operator and named.call_date = legs.call_date
    left join rings on named.operator = rings.operator and named.call_date = rings.call_date
    left join presence
        on named.operator = presence.operator and named.call_date = presence.call_date

)

select * from final
