-- One row per recording file; the same file (name and content) delivered twice is one.
with files as (

    select * from {{ source('landing', 'recordings') }}
    where {{ in_range('recorded_at') }}

),

final as (

    select
        source_id as recording_id,
        call_uniqueid,
        recorded_at,
        duration_seconds,
        size_bytes,
        header_state,
        is_audible,
        peak
    from files
    qualify
        row_number() over (partition by source_id order by landed_at, source_name) = 1

)

select * from final
