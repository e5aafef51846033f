-- One row per inquiry in force, with the call that it was made in.
with inquiries as (

    select
        *,
        cast({{ tokyo('inquired_at') }} as date) as call_date
    from {{ source('floor', 'inquiries') }}

),

calls as (

    select
        call_id,
        outcome
    from {{ ref('fct_calls') }}

),

final as (

    select
        inquiries.inquiry_id,
        inquiries.revision,
        calls.call_id,
        inquiries.call_date,
        inquiries.inquired_at,
        inquiries.operator,
        inquiries.category,
        inquiries.item,
        inquiries.voice,
        inquiries.stance,
        inquiries.handling,
        inquiries.faq,
        inquiries.is_counted,
        inquiries.is_complaint,
        inquiries.is_urgent,
        inquiries.needs_care,
        inquiries.is_message,
        inquiries.ward,
        inquiries.age_band,
        inquiries.channel,
        calls.outcome
    from inquiries
    left join calls on inquiries.call_id = calls.call_id

)

select * from final
where {{ day_in_range('call_date') }}
