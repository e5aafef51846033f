-- Every stay of an operator in a call, each from its strongest proof (docs/call-outcomes.md, "The proofs of an answer").
{%- set moment = "interval " ~ var('same_moment_seconds') ~ " second" %}
with conversations as (

    select
        *,
        coalesce(
            joined_at <= max(coalesce(left_at, joined_at)) over earlier + {{ moment }}, false
        ) as goes_on
    from {{ ref('int_calls__conversations') }}
    window earlier as (
        partition by call_id, operator order by joined_at, left_at, bridge_id
        rows between unbounded preceding and 1 preceding
    )

),

numbered as (

    select
        *,
        sum(case when goes_on then 0 else 1 end) over (
            partition by call_id, operator order by joined_at, left_at, bridge_id
            rows unbounded preceding
        ) as nth
    from conversations

),

in_bridges as (

    select
        call_id,
        operator,
        min(joined_at) as joined_at,
        case when bool_and(left_at is not null) then max(left_at) end as left_at
    from numbered
    group by call_id, operator, nth

),

stretches as (

    select
        call_id,
        operator,
        proof,
        answered_at,
        coalesce(
            answered_at + {{ in_seconds('coalesce(complete_talk_seconds, transfer_talk_seconds)') }},
            completed_at,
            transferred_at
        ) as left_at,
        coalesce(complete_talk_seconds, transfer_talk_seconds) as talk_seconds,
        transferred_at is not null and completed_at is null as is_handed_over,
        coalesce(answered_at, completed_at, transferred_at) as told_at
    from {{ ref('int_calls__queue_stretches') }}
    where is_answered and operator is not null

),

-- the bridge tells who talked; the queue knows only whom it rang
in_queues as (

    select * from stretches
    where not exists (
        select 1 from in_bridges
        where
            in_bridges.call_id = stretches.call_id
            and (
                stretches.answered_at is null
                or in_bridges.joined_at between stretches.answered_at - 2 * {{ moment }}
                and stretches.answered_at + 2 * {{ moment }}
                or (
                    in_bridges.operator = stretches.operator
                    and in_bridges.joined_at <= coalesce(stretches.left_at, stretches.answered_at)
                    and coalesce(in_bridges.left_at >= stretches.answered_at, true)
                )
            )
    )

),

record_legs as (

    select * from {{ ref('int_calls__record_legs') }}
    where operator is not null and is_answered and is_of_citizen

),

-- a record of the exchange's tells of a stay that nothing else tells of
in_records as (

    select * from record_legs
    where
        not exists (
            select 1 from in_bridges
            where in_bridges.call_id = record_legs.call_id
        )
        and not exists (
            select 1 from in_queues
            where
                in_queues.call_id = record_legs.call_id
                and (
                    not record_legs.is_dialled_leg
                    or (
                        in_queues.operator = record_legs.operator
                        and in_queues.told_at < record_legs.end_at
                        and coalesce(in_queues.left_at > record_legs.start_at, true)
                    )
                )
        )

),

unioned as (

    select
        call_id,
        operator,
        'bridge' as proof,
        joined_at,
        left_at,
        cast({{ seconds_between('joined_at', 'left_at') }} as double) as talk_seconds,
        joined_at as told_at,
        1 = 0 as is_handed_over
    from in_bridges
    union all
    select
        call_id,
        operator,
        proof,
        answered_at as joined_at,
        left_at,
        cast(
            coalesce(talk_seconds, {{ seconds_between('answered_at', 'left_at') }}) as double
        ) as talk_seconds,
        told_at,
        is_handed_over
    from in_queues
    union all
    select
        call_id,
        operator,
        case when is_dialled_leg then 'dialled_leg' else 'queue_leg' end as proof,
        answered_at as joined_at,
        end_at as left_at,
        cast(case when answered_at is not null then billsec_seconds end as double) as talk_seconds,
        coalesce(answered_at, start_at) as told_at,
        1 = 0 as is_handed_over
    from in_records

),

ranked as (

    select
        *,
        case proof
            {% for row in var('answer_proofs') -%}
                when '{{ row.proof }}' then {{ loop.index }}
            {% endfor -%}
        end as strength
    from unioned

),

final as (

    select
        *,
        cast(
            row_number() over (
                partition by call_id order by told_at, strength, coalesce(left_at, told_at), operator
            ) as integer
        ) as stay
    from ranked

)

select * from final
