{{ config(kind='table') }}
-- The same record exists once per writer; the custom one knows fractions and the number dialled. Kept as a table: where
-- two write, every row has to be put in order.
with {{ rows_by_delivery('cdr', 'start_at') }},

one_per_record as (

    select
        *,
        1 as delivered_count
    from once
    union all
    select
        *,
        count(*) over (partition by {{ identity_of('cdr') }}, writer) as delivered_count
    from repeated
    qualify
        row_number() over (
            partition by {{ identity_of('cdr') }}
            order by case writer when 'custom' then 0 else 1 end, landed_at, source_id, byte_offset
        ) = 1

),

final as (

    select
        row_key,
        writer,
        linkedid,
        uniqueid,
        sequence,
        start_at,
        answer_at,
        end_at,
        duration_seconds,
        billsec_seconds,
        caller_pseudonym,
        src_extension,
        dst,
        dst_pseudonym,
        dcontext,
        channel,
        dstchannel,
        app_queue,
        coalesce(last_app = 'Dial', false) as is_dialled_leg,
        coalesce(last_app in ('Dial', 'Queue') and dstchannel <> '', false) as is_offered_leg,
        coalesce(last_app = 'AppDial2', false) as is_begun_by_exchange,
        last_app || ':' || disposition as source_words,
        disposition = 'ANSWERED' as is_answered,
        disposition = 'NO ANSWER' as is_unanswered,
        hangup_cause,
        accountcode,
        userfield,
        delivered_count
    from one_per_record

)

select * from final
