-- One row per thing that somebody should look at: where the records do not agree, or say too little.
with calls as (

    select * from {{ ref('fct_calls') }}
    where {{ day_in_range('call_date') }}

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

staff as (

    select distinct operator from {{ source('reference', 'staff') }}

),

of_calls as (

    select
        unnest([
            case
                when
                    outcome in ('answered', 'reached') and not has_audible_recording
                    then 'answered_without_recording'
            end,
            case when not has_records then 'call_without_records' end,
            case when not has_channel_events then 'call_without_channel_events' end,
            case when not is_complete then 'call_without_end' end,
            case
                when
                    outcome = 'answered'
                    and coalesce(first_operator not in (select operator from staff), true)
                    then 'answered_by_nobody_known'
            end,
            case
                when
                    ended_at < started_at or answered_at < started_at
                    or wait_seconds < 0 or talk_seconds < 0 or ring_seconds < 0
                    then 'times_out_of_order'
            end
        ]) as finding,
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
        cast(null as timestamptz) as found_at,
        cast(calendar.date as varchar) as subject
    from {{ source('reference', 'calendar') }} as calendar
    left join log_days on calendar.date = log_days.call_date
    where
        calendar.is_business_day
        and log_days.call_date is null
        and calendar.date < cast(
            {{ tokyo("cast('" ~ var('as_of') ~ "' as timestamptz)") }} as date
        )
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
