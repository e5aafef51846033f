-- One row per linked id that is no call between a citizen and the centre, with the reason.
with assembled as (

    select * from {{ ref('int_calls__assembled') }}

),

calls as (

    select call_id from {{ ref('int_calls__classified') }}

),

conversations as (

    select
        operator,
        call_id,
        joined_at,
        coalesce(left_at, joined_at) as left_at
    from {{ ref('int_calls__conversations') }}

),

final as (

    select
        assembled.call_id as linked_id,
        assembled.call_date,
        assembled.started_at,
        case
            when left(assembled.dialled_place, 1) in ('*', '#') then 'feature_code'
            when assembled.first_channel_operator is not null and exists (
                select 1 from conversations
                where
                    conversations.operator = assembled.first_channel_operator
                    and conversations.call_id <> assembled.call_id
                    and assembled.started_at between conversations.joined_at
                    and conversations.left_at
            ) then 'consultation'
            when assembled.is_from_own_phone then 'consultation'
            when
                assembled.first_channel_operator is not null
                or assembled.is_internal_context
                or assembled.is_begun_inside
                then 'internal'
            else 'unknown'
        end as reason
    from assembled
    left join calls on assembled.call_id = calls.call_id
    where calls.call_id is null

)

select * from final
