-- One row per recording file; a file delivered twice with the same content is one.
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
        row_number() over (partition by call_uniqueid, content_key order by landed_at, source_id) = 1

)

select * from final
