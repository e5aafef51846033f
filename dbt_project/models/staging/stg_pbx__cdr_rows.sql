-- The same record exists once per writer; the custom one knows fractions and the number dialled.
with rows_of_both as (

    select * from {{ source('landing', 'cdr') }}
    where {{ in_range('start_at') }}

),

one_per_record as (

    select
        *,
        count(*) over (
            partition by uniqueid, coalesce(cast(sequence as varchar), row_key), writer
        ) as delivered_count
    from rows_of_both
    qualify
        row_number() over (
            partition by uniqueid, coalesce(cast(sequence as varchar), row_key)
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
