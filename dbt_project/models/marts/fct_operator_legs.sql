-- One row per stay of an operator in a call: two for a transferred call, two for whoever comes back to it.
with calls as (

    select * from {{ ref('fct_calls') }}
    where {{ day_in_range('call_date') }}

),

stays as (

    select * from {{ ref('int_calls__operator_stays') }}

),

timed as (

    select
        stays.call_id,
        calls.call_date,
        calls.direction,
        stays.operator,
        stays.stay,
        coalesce(stays.joined_at, stays.told_at) as joined_at,
        coalesce(
            stays.left_at,
            -- the only one who talked did so as long as the call's talk lasted
            case
                when calls.transfer_count = 0 and count(*) over of_call = 1
                    then stays.joined_at + {{ in_seconds('calls.talk_seconds') }}
            end
        ) as left_at,
        coalesce(
            stays.talk_seconds,
            case
                when calls.transfer_count = 0 and count(*) over of_call = 1 then calls.talk_seconds
            end
        ) as talk_seconds,
        row_number() over (
            partition by stays.call_id, stays.operator order by stays.stay
        ) as nth
    from stays
    inner join calls on stays.call_id = calls.call_id
    where
        calls.outcome = 'answered'
        or (calls.direction = 'outbound' and stays.proof <> 'dialled_leg')
    window of_call as (partition by stays.call_id)

),

final as (

    select
        call_id || '/' || operator || case when nth > 1 then '/' || nth else '' end as leg_id,
        call_id,
        call_date,
        direction,
        operator,
        cast(row_number() over (partition by call_id order by stay) as integer) as leg_number,
        joined_at,
        left_at,
        talk_seconds
    from timed

)

select * from final
