-- One row per day and kind of log: how many rows it holds, and how many were delivered more than once.
with unioned as (

    select
        'queue_log' as kind,
        cast({{ tokyo('event_at') }} as date) as call_date,
        delivered_count
    from {{ ref('stg_pbx__queue_events') }}
    union all
    select
        'cdr' as kind,
        cast({{ tokyo('start_at') }} as date) as call_date,
        delivered_count
    from {{ ref('stg_pbx__cdr_rows') }}
    union all
    select
        'cel' as kind,
        cast({{ tokyo('event_at') }} as date) as call_date,
        delivered_count
    from {{ ref('stg_pbx__channel_events') }}

),

final as (

    select
        kind || '/' || cast(call_date as varchar) as log_day_id,
        kind,
        call_date,
        cast(count(*) as integer) as row_count,
        cast(sum(delivered_count - 1) as integer) as repeated_count
    from unioned
    group by kind, call_date

)

select * from final
where {{ day_in_range('call_date') }}
