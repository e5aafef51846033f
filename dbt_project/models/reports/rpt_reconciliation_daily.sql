{{ config(materialized='by_day', days_after=1) }}
-- One row per day with any source row or call: what the sources agree on, and where they do not.
with logs as (

    select
        call_date,
        sum(row_count) filter (where kind = 'queue_log') as queue_log_lines,
        sum(row_count) filter (where kind = 'cdr') as cdr_rows,
        sum(row_count) filter (where kind = 'cel') as cel_rows,
        sum(repeated_count) as repeated_lines
    from {{ ref('fct_log_days') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date

),

rejects as (

    select
        cast({{ tokyo('near_at') }} as date) as call_date,
        count(*) as rejected_lines
    from {{ source('landing', 'rejects') }}
    where near_at is not null
    group by call_date

),

findings as (

    select
        call_date,
        count(*) filter (where finding = 'call_without_records') as calls_without_cdr,
        count(*) filter (where finding = 'call_without_channel_events') as calls_without_cel,
        count(*) filter (where finding = 'answered_without_recording')
            as answered_without_recording,
        count(*) filter (where finding = 'recording_without_call') as recordings_without_call,
        count(*) filter (where finding = 'call_without_end') as incomplete,
        count(*) filter (where finding = 'answered_by_nobody_known') as answered_by_nobody_known,
        count(*) filter (where finding = 'unknown_linked_id') as unknown_linked_ids,
        count(*) filter (where finding = 'times_out_of_order') as times_out_of_order
    from {{ ref('fct_findings') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date

),

non_calls as (

    select
        call_date,
        count(*) as non_calls
    from {{ ref('fct_non_calls') }}
    where {{ day_in_range('call_date', 1) }}
    group by call_date

),

sounds as (

    select
        call_id,
        bool_and(header_state in ('header_only', 'empty')) as is_empty
    from {{ ref('fct_recordings') }}
    where call_id is not null
    group by call_id

),

talks as (

    select
        calls.call_date,
        count(*) as talked,
        count(*) filter (where calls.has_audible_recording) as recorded,
        count(*) filter (
            where not calls.has_audible_recording and calls.recording_count = 0
        ) as without_file,
        count(*) filter (
            where not calls.has_audible_recording and coalesce(sounds.is_empty, false)
        ) as with_empty_file,
        count(*) filter (
            where
            not calls.has_audible_recording and calls.recording_count > 0
            and not coalesce(sounds.is_empty, false)
        ) as silent
    from {{ ref('fct_calls') }} as calls
    left join sounds on calls.call_id = sounds.call_id
    where calls.outcome in ('answered', 'reached') and {{ day_in_range('calls.call_date', 1) }}
    group by calls.call_date

),

kpi as (

    select * from {{ ref('rpt_daily_kpi') }}
    where {{ day_in_range('call_date', 1) }}

),

final as (

    select
        kpi.call_date,
        cast(coalesce(logs.queue_log_lines, 0) as integer) as queue_log_lines,
        cast(coalesce(logs.cdr_rows, 0) as integer) as cdr_rows,
        cast(coalesce(logs.cel_rows, 0) as integer) as cel_rows,
        cast(coalesce(logs.repeated_lines, 0) as integer) as repeated_line_count,
        cast(coalesce(rejects.rejected_lines, 0) as integer) as rejected_line_count,
        cast(coalesce(findings.calls_without_cdr, 0) as integer) as calls_without_cdr_count,
        cast(coalesce(findings.calls_without_cel, 0) as integer) as calls_without_cel_count,
        cast(coalesce(findings.answered_without_recording, 0) as integer)
            as answered_without_recording_count,
        cast(coalesce(findings.recordings_without_call, 0) as integer)
            as recordings_without_call_count,
        kpi.incoming_count - (
            kpi.answered_count + kpi.abandoned_count + kpi.abandoned_in_menu_count
            + kpi.message_count + kpi.overflow_count + kpi.interrupted_count
            + kpi.undetermined_count + kpi.after_hours_count
        ) as classes_difference,
        cast(coalesce(findings.incomplete, 0) as integer) as incomplete_count,
        cast(coalesce(findings.answered_by_nobody_known, 0) as integer)
            as answered_by_nobody_known_count,
        cast(coalesce(findings.unknown_linked_ids, 0) as integer) as unknown_linked_id_count,
        cast(coalesce(findings.times_out_of_order, 0) as integer) as times_out_of_order_count,
        cast(coalesce(non_calls.non_calls, 0) as integer) as non_call_count,
        cast(coalesce(talks.talked, 0) as integer) as talked_count,
        cast(coalesce(talks.recorded, 0) as integer) as recorded_count,
        cast(coalesce(talks.without_file, 0) as integer) as unrecorded_without_file_count,
        cast(coalesce(talks.with_empty_file, 0) as integer) as unrecorded_empty_file_count,
        cast(coalesce(talks.silent, 0) as integer) as unrecorded_silent_count
    from kpi
    left join logs on kpi.call_date = logs.call_date
    left join rejects on kpi.call_date = rejects.call_date
    left join findings on kpi.call_date = findings.call_date
    left join non_calls on kpi.call_date = non_calls.call_date
    left join talks on kpi.call_date = talks.call_date

)

select * from final
