-- One row per day with any source row or call: what the sources agree on, and where they do not.
with logs as (

    select
        call_date,
        sum(row_count) filter (where kind = 'queue_log') as queue_log_lines,
        sum(row_count) filter (where kind = 'cdr') as cdr_rows,
        sum(row_count) filter (where kind = 'cel') as cel_rows,
        sum(repeated_count) as repeated_lines
    from {{ ref('fct_log_days') }}
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

calls as (

    select
        call_date,
        count(*) filter (where not has_records) as calls_without_cdr,
        count(*) filter (where not has_channel_events) as calls_without_cel,
        count(*) filter (
            where outcome in ('answered', 'reached') and not has_audible_recording
        ) as answered_without_recording,
        count(*) filter (where not is_complete) as incomplete
    from {{ ref('fct_calls') }}
    group by call_date

),

recordings as (

    select
        call_date,
        count(*) filter (where call_id is null) as recordings_without_call
    from {{ ref('fct_recordings') }}
    group by call_date

),

kpi as (

    select * from {{ ref('rpt_daily_kpi') }}

),

final as (

    select
        kpi.call_date,
        cast(coalesce(logs.queue_log_lines, 0) as integer) as queue_log_lines,
        cast(coalesce(logs.cdr_rows, 0) as integer) as cdr_rows,
        cast(coalesce(logs.cel_rows, 0) as integer) as cel_rows,
        cast(coalesce(logs.repeated_lines, 0) as integer) as repeated_line_count,
        cast(coalesce(rejects.rejected_lines, 0) as integer) as rejected_line_count,
        cast(coalesce(calls.calls_without_cdr, 0) as integer) as calls_without_cdr_count,
        cast(coalesce(calls.calls_without_cel, 0) as integer) as calls_without_cel_count,
        cast(coalesce(calls.answered_without_recording, 0) as integer)
            as answered_without_recording_count,
        cast(coalesce(recordings.recordings_without_call, 0) as integer)
            as recordings_without_call_count,
        kpi.incoming_count - (
            kpi.answered_count + kpi.abandoned_count + kpi.abandoned_in_menu_count
            + kpi.message_count + kpi.overflow_count + kpi.interrupted_count
            + kpi.undetermined_count + kpi.after_hours_count
        ) as classes_difference,
        cast(coalesce(calls.incomplete, 0) as integer) as incomplete_count
    from kpi
    left join logs on kpi.call_date = logs.call_date
    left join rejects on kpi.call_date = rejects.call_date
    left join calls on kpi.call_date = calls.call_date
    left join recordings on kpi.call_date = recordings.call_date

)

select * from final
