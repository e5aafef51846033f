-- One row per recording file; the same file (name and content) delivered twice is one.
-- The sides of one recording (`-in`, `_out`, mixed) and the formats it was kept in share its take_id: their names differ in
-- nothing else. Two files of one name that hold different things are two.
with files as (

    select
        *,
        regexp_replace(
            source_name,
            '(?i)([-_.](in|out|rx|tx|read|write|left|right|mix|mixed|both))?[.][a-z0-9]+$',
            ''
        ) as take_name
    from {{ source('landing', 'recordings') }}
    where {{ in_range('recorded_at') }}
    qualify
        row_number() over (partition by source_id order by landed_at desc, source_name asc) = 1

),

final as (

    select
        source_id as recording_id,
        call_uniqueid,
        take_name || '#' || row_number() over (
            partition by take_name, substr(source_name, length(take_name) + 1)
            order by source_id
        ) as take_id,
        recorded_at,
        duration_seconds,
        size_bytes,
        header_state,
        is_audible,
        peak
    from files

)

select * from final
