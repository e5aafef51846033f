{{ config(materialized="replaced", kind="view") }}
-- What the operators' stays say of a call, one row per call that somebody answered.
with stays as (

    select
        *,
        max(left_at) over earlier as left_before_at
    from {{ ref('int_calls__operator_stays') }}
    window earlier as (
        partition by call_id order by stay rows between unbounded preceding and 1 preceding
    )

),

-- when the caller went into a queue, by whichever log tells
entries as (

    select
        call_id,
        coalesce(entered_at, answered_at - {{ in_seconds('wait_seconds') }}) as entered_at
    from {{ ref('int_calls__queue_stretches') }}
    where stretch > 1
    union all
    select
        call_id,
        last_queue_started_at as entered_at
    from {{ ref('int_calls__channel_facts') }}
    where last_queue_started_at > queue_started_at

),

-- who waits in a queue again talks with nobody
waits_again as (

    select
        stays.call_id,
        stays.stay,
        {{ seconds_between('greatest(min(entries.entered_at), min(stays.left_before_at))', 'min(stays.joined_at)') }}
            as seconds
    from stays
    inner join entries
        on
            stays.call_id = entries.call_id
            and entries.entered_at
            >= stays.left_before_at - interval {{ var('same_moment_seconds') }} second
            and stays.joined_at > entries.entered_at
    where stays.joined_at > stays.left_before_at
    group by stays.call_id, stays.stay

),

final as (

    select
        stays.call_id,
        min(stays.joined_at) as first_joined_at,
        max(stays.left_at) as last_left_at,
        bool_or(stays.left_at is null) as is_open,
        bool_and(stays.proof = 'bridge') as is_all_bridges,
        {{ first_of('stays.operator', 'stays.stay') }} as first_operator,
        {{ last_of('stays.operator', 'stays.stay') }} as last_operator,
        {{ first_of('stays.proof', 'stays.stay') }} as proof,
        {{ last_of('stays.is_handed_over', 'stays.stay') }} as is_handed_over,
        sum(stays.talk_seconds) as stays_talk_seconds,
        bool_and(stays.talk_seconds is not null) as is_each_measured,
        coalesce(sum(waits_again.seconds), 0) as waited_again_seconds
    from stays
    left join waits_again on stays.call_id = waits_again.call_id and stays.stay = waits_again.stay
    group by stays.call_id

)

select * from final
