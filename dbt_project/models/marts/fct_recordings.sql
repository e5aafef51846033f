-- One row per recording file, with the call that it belongs to.
with recordings as (

    select
        *,
        cast({{ tokyo('recorded_at') }} as date) as call_date
    from {{ ref('int_calls__recordings') }}

),

calls as (

    select * from {{ ref('fct_calls') }}

),

final as (

    select
        recordings.recording_id,
        recordings.call_uniqueid,
        recordings.take_id,
        calls.call_id,
        recordings.call_date,
        recordings.recorded_at,
        recordings.duration_seconds,
        recordings.size_bytes,
        recordings.header_state,
        recordings.is_audible,
        calls.outcome,
        coalesce(calls.outcome in ('answered', 'reached'), false) as is_expected
    from recordings
    left join calls on recordings.call_id = calls.call_id

)

select * from final
where {{ day_in_range('call_date') }}
