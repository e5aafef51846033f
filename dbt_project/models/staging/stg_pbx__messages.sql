-- One row per voicemail message. It names no call: only the caller's channel and the second.
-- Where a message was written in several formats at once, the row that bears its text's name is the message; those of its further
-- sounds stand in the catalogue alone.
with messages as (

    select * from {{ source('landing', 'voicemail') }}
    where source_name like '%.txt' and {{ in_range('recorded_at') }}

),

final as (

    select
        source_id as message_id,
        recorded_at,
        channel,
        caller_pseudonym,
        duration_seconds,
        audio_duration_seconds,
        header_state,
        is_audible
    from messages
    qualify row_number() over (partition by source_id order by landed_at, source_name) = 1

)

select * from final
