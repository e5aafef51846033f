-- One row per operator's part of a call: two for a transferred call, one for the caller's view.
with calls as (

    select * from {{ ref('fct_calls') }}
    where {{ day_in_range('call_date') }}

),

conversations as (

    select
        call_id,
        operator,
        min(joined_at) as joined_at,
        max(left_at) as left_at
    from {{ ref('int_calls__conversations') }}
    group by call_id, operator

),

-- without CEL, queue_log and the calls themselves still tell who answered
from_calls as (

    select
        call_id,
        first_operator as operator,
        answered_at as joined_at,
        case when transfer_count = 0 then answered_at + to_seconds(talk_seconds) end as left_at
    from calls
    where
        first_operator is not null and outcome = 'answered'
        and call_id not in (select call_id from conversations)

),

legs as (

    select * from conversations
    union all
    select * from from_calls

),

final as (

    select
        legs.call_id || '/' || legs.operator as leg_id,
        legs.call_id,
        calls.call_date,
        calls.direction,
        legs.operator,
        cast(
            row_number() over (partition by legs.call_id order by legs.joined_at, legs.operator)
            as integer
        ) as leg_number,
        legs.joined_at,
        legs.left_at,
        {{ seconds_between('legs.joined_at', 'legs.left_at') }} as talk_seconds
    from legs
    inner join calls on legs.call_id = calls.call_id

)

select * from final
