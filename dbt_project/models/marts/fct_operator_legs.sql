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

-- without conversations (CEL is missing, or a Local channel stands between), the queues tell who answered
from_queues as (

    select
        stretches.call_id,
        stretches.operator,
        min(stretches.answered_at) as joined_at,
        max(coalesce(
            stretches.completed_at,
            stretches.transferred_at,
            case
                when calls.transfer_count = 0
                    then calls.answered_at + {{ in_seconds('calls.talk_seconds') }}
            end
        )) as left_at
    from {{ ref('int_calls__queue_stretches') }} as stretches
    inner join calls on stretches.call_id = calls.call_id
    where
        stretches.operator is not null and calls.outcome = 'answered'
        and not exists (
            select 1 from conversations
            where
                conversations.call_id = stretches.call_id
                and conversations.operator = stretches.operator
        )
    group by stretches.call_id, stretches.operator

),

legs as (

    select * from conversations
    union all
    select * from from_queues

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
