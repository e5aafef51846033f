{{ config(materialized="replaced", kind="view", tags=["weekly"]) }}
-- One row per inquiry that asks for a return call, with what was noted and the outbound call that answers it.
with inquiries as (

    select * from {{ ref('fct_inquiries') }}
    where handling = 'callback'

),

entries as (

    select * from {{ source('floor', 'entries') }}
    where register = 'callbacks'

),

calls as (

    select * from {{ ref('fct_calls') }}

),

asked as (

    select
        inquiries.inquiry_id,
        inquiries.call_date,
        inquiries.inquired_at,
        calls.caller_pseudonym,
        cast({{ text_at('entries.plain', 'due_on') }} as date) as due_on,
        {{ as_instant(text_at('entries.plain', 'done_at')) }} as done_at,
        {{ text_at('entries.plain', 'done_by') }} as done_by,
        {{ text_at('entries.plain', 'result') }} as result,
        {{ as_instant(text_at('entries.plain', 'closed_at')) }} as closed_at,
        nullif({{ text_at('entries.plain', 'call_id') }}, '') as noted_call_id
    from inquiries
    left join entries on inquiries.inquiry_id = entries.about
    left join calls on inquiries.call_id = calls.call_id

),

-- the first outbound call to the same caller after the inquiry
matched as (

    select
        asked.inquiry_id,
        {{ first_of('calls.call_id', 'calls.started_at, calls.call_id') }} as call_id
    from asked
    inner join calls
        on
            asked.caller_pseudonym = calls.caller_pseudonym
            and calls.direction = 'outbound'
            and asked.inquired_at < calls.started_at
    group by asked.inquiry_id

),

final as (

    select
        asked.inquiry_id,
        asked.call_date,
        asked.inquired_at,
        asked.due_on,
        asked.done_at,
        asked.done_by,
        asked.result,
        asked.closed_at,
        coalesce(asked.noted_call_id, matched.call_id) as outbound_call_id,
        asked.closed_at is not null as is_closed
    from asked
    left join matched on asked.inquiry_id = matched.inquiry_id

)

select * from final
