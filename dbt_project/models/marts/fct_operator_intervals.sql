-- One row per stretch of an operator's day: logged on, paused with its reason, or talking.
with events as (

    select
        *,
        cast({{ tokyo('event_at') }} as date) as call_date
    from {{ ref('stg_pbx__queue_events') }}
    where operator is not null and verb in (
        'ADDMEMBER', 'REMOVEMEMBER', 'PAUSEALL', 'UNPAUSEALL', 'PAUSE', 'UNPAUSE'
    )

),

-- a log-on is written once per queue, a pause once for all and once per queue: the first counts
moments as (

    select
        operator,
        call_date,
        event_at,
        case when verb in ('ADDMEMBER', 'REMOVEMEMBER') then 'logged_on' else 'paused' end as state,
        verb in ('ADDMEMBER', 'PAUSEALL', 'PAUSE') as is_begin,
        max(pause_reason) as reason
    from events
    group by
        operator,
        call_date,
        event_at,
        case when verb in ('ADDMEMBER', 'REMOVEMEMBER') then 'logged_on' else 'paused' end,
        verb in ('ADDMEMBER', 'PAUSEALL', 'PAUSE')

),

changes as (

    select
        *,
        lag(is_begin) over (partition by operator, state order by event_at) as was_begin
    from moments

),

stretches as (

    select
        *,
        lead(event_at) over (partition by operator, state order by event_at) as until_at
    from changes
    where was_begin is null or was_begin <> is_begin

),

talks as (

    select
        operator,
        call_date,
        'talking' as state,
        cast(null as varchar) as reason,
        joined_at as began_at,
        left_at as ended_at
    from {{ ref('fct_operator_legs') }}
    where {{ day_in_range('call_date') }}

),

unioned as (

    select
        operator,
        call_date,
        state,
        reason,
        event_at as began_at,
        until_at as ended_at
    from stretches
    where is_begin
    union all
    select * from talks

),

final as (

    select
        operator,
        call_date,
        state,
        reason,
        began_at,
        ended_at,
        {{ seconds_between('began_at', 'ended_at') }} as duration_seconds
    from unioned

)

select * from final
where {{ day_in_range('call_date') }}
