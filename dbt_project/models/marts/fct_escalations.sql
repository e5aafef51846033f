{{ config(materialized="replaced", kind="view", tags=["weekly"]) }}
-- One row per time that the city was told of an inquiry; nobody's words.
with entries as (

    select * from {{ source('floor', 'entries') }}
    where register = 'escalations'

),

inquiries as (

    select * from {{ ref('fct_inquiries') }}

),

final as (

    select
        entries.entry_id,
        entries.revision,
        entries.about as inquiry_id,
        inquiries.call_date,
        inquiries.is_complaint,
        inquiries.is_urgent,
        {{ text_at('entries.plain', 'manner') }} as manner,
        {{ as_instant(text_at('entries.plain', 'told_at')) }} as told_at,
        {{ text_at('entries.plain', 'told_by') }} as told_by,
        {{ as_instant(text_at('entries.plain', 'answered_at')) }} as answered_at
    from entries
    left join inquiries on entries.about = inquiries.inquiry_id

)

select * from final
