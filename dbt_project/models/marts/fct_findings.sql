-- One row per thing that somebody should look at: where the records do not agree, or say too little.
{%- set of_a_call = {
    'answered_without_recording':
        "outcome in ('answered', 'reached') and not has_audible_recording",
    'call_without_records': 'not has_records',
    'call_without_channel_events': 'not has_channel_events',
    'call_without_end': 'not is_complete',
    'answered_by_nobody_known':
        "outcome = 'answered' and not is_by_known_operator",
    'times_out_of_order':
        'has_times_out_of_order'
} %}
{%- set cases = [] %}
{%- for finding, condition in of_a_call.items() %}
    {%- do cases.append("case when " ~ condition ~ " then '" ~ finding ~ "' end") %}
{%- endfor %}

with staff as (

    select distinct operator from {{ source('reference', 'staff') }}

),

calls as (

    select
        calls.*,
        staff.operator is not null as is_by_known_operator
    from {{ ref('fct_calls') }} as calls
    left join staff on calls.first_operator = staff.operator
    where {{ day_in_range('calls.call_date') }}

),

recordings as (

    select * from {{ ref('fct_recordings') }}
    where {{ day_in_range('call_date') }}

),

non_calls as (

    select * from {{ ref('fct_non_calls') }}
    where {{ day_in_range('call_date') }}

),

log_days as (

    select distinct call_date from {{ ref('fct_log_days') }}

),

of_calls as (

    select
        {{ each_row_of({'finding': cases}) }},
        call_date,
        started_at as found_at,
        call_id as subject
    from calls

),

-- a day is judged once it is over
of_days as (

    select
        'day_without_records' as finding,
        calendar.date as call_date,
        {{ as_instant('null') }} as found_at,
        cast(calendar.date as string) as subject
    from {{ source('reference', 'calendar') }} as calendar
    left join log_days on calendar.date = log_days.call_date
    where
        calendar.is_business_day
        and log_days.call_date is null
        and calendar.date < {{ today() }}
        and {{ day_in_range('calendar.date') }}

),

unioned as (

    select
        finding,
        call_date,
        found_at,
        subject
    from of_calls
    where finding is not null
    union all
    select
        finding,
        call_date,
        found_at,
        subject
    from of_days
    union all
    select
        'recording_without_call' as finding,
        call_date,
        recorded_at as found_at,
        recording_id as subject
    from recordings
    where call_id is null
    -- the sides of one recording lack one call
    qualify row_number() over (partition by take_id order by recording_id) = 1
    union all
    select
        'unknown_linked_id' as finding,
        call_date,
        started_at as found_at,
        linked_id as subject
    from non_calls
    where reason = 'unknown'

),

final as (

    select
        finding || '/' || subject as finding_id,
        finding,
        call_date,
        found_at,
        subject
    from unioned

)

select * from final
