{{ config(materialized="replaced", kind="view", tags=["weekly"]) }}
-- One row per message that a caller left, with the record in which it was written down.
with messages as (

    select * from {{ ref('fct_calls') }}
    where outcome = 'message'

),

notes as (

    select * from {{ ref('fct_inquiries') }}
    where is_message and call_id is not null
    qualify row_number() over (partition by call_id order by inquired_at, inquiry_id) = 1

),

sounds as (

    select * from {{ ref('fct_message_recordings') }}

),

final as (

    select
        messages.call_id,
        messages.call_date,
        messages.week_start_date,
        messages.started_at,
        messages.menu_choice,
        sounds.recording_id,
        messages.has_message,
        notes.inquiry_id,
        notes.revision,
        notes.category,
        notes.item,
        notes.handling,
        coalesce(notes.is_complaint, false) as is_complaint,
        notes.inquiry_id is not null as is_written_down
    from messages
    left join notes on messages.call_id = notes.call_id
    left join sounds on messages.call_id = sounds.call_id

)

select * from final
