{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_daily_kpi'}}}) }}
select days.call_date
from {{ ref('rpt_daily_kpi') }} as days
cross join {{ source('reference', 'terms') }} as terms
where days.max_concurrent_lines > terms.lines_count
