-- One row per day and kind of log: how many rows it holds, and how many were delivered more than once.
{%- set logs = {
    'queue_log': ('stg_pbx__queue_events', 'event_at'),
    'cdr': ('stg_pbx__cdr_rows', 'start_at'),
    'cel': ('stg_pbx__channel_events', 'event_at')
} %}

-- by the hour first: there are few of them to tell the day of
with hours as (

    {% for kind, (model, time) in logs.items() -%}
        select
            '{{ kind }}' as kind,
            {{ hour_of(time) }} as hour,
            count(*) as row_count,
            sum(delivered_count - 1) as repeated_count
        from {{ ref(model) }}
        group by 1, 2
        {% if not loop.last %}union all{% endif %}
    {% endfor -%}

),

days as (

    select
        kind,
        cast({{ tokyo(from_epoch('hour * 3600')) }} as date) as call_date,
        sum(row_count) as row_count,
        sum(repeated_count) as repeated_count
    from hours
    group by 1, 2

),

final as (

    select
        kind || '/' || cast(call_date as string) as log_day_id,
        kind,
        call_date,
        cast(row_count as integer) as row_count,
        cast(repeated_count as integer) as repeated_count
    from days

)

select * from final
where {{ day_in_range('call_date') }}
