{{ config(kind="view") }}
-- The phones and lines to which the exchange offered a call, as the CDR tells: one row per record with a second channel.
with cdr_rows as (

    select * from {{ ref('stg_pbx__cdr_rows') }}
    where is_offered_leg

),

trunks as (

    select prefix from {{ source('reference', 'dialplan_channels') }}
    where meaning = 'trunk'

),

phones as (

    select * from {{ ref('int_calls__phones') }}

),

final as (

    select
        cdr_rows.row_key,
        cdr_rows.linkedid as call_id,
        cdr_rows.is_dialled_leg,
        cdr_rows.uniqueid = cdr_rows.linkedid or left(cdr_rows.channel, 6) = 'Local/' as is_of_citizen,
        phones.operator,
        exists(
            select 1 from trunks
            where left(cdr_rows.dstchannel, length(trunks.prefix)) = trunks.prefix
        ) as is_trunk,
        cdr_rows.is_answered and coalesce(cdr_rows.billsec_seconds > 0, false) as is_answered,
        cdr_rows.start_at,
        -- an answer in the first moment is the exchange's own, given before the phone rang
        case
            when cdr_rows.is_dialled_leg and cdr_rows.answer_at > cdr_rows.start_at
                then cdr_rows.answer_at
        end as answered_at,
        cdr_rows.end_at,
        cdr_rows.duration_seconds,
        cdr_rows.billsec_seconds
    from cdr_rows
    left join phones on {{ endpoint('cdr_rows.dstchannel') }} = phones.endpoint

)

select * from final
