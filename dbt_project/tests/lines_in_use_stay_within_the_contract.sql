{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_daily_kpi'}}}) }}
select days.call_date
from {{ ref('rpt_daily_kpi') }} as days
inner join {{ source('reference', 'terms') }} as terms
    on
        days.call_date >= coalesce(terms.valid_from, days.call_date)
        and (terms.valid_until is null or days.call_date < terms.valid_until)
where days.max_concurrent_lines > terms.lines_count
