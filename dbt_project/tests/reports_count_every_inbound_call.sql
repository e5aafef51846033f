{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_daily_kpi'}}}) }}
with calls as (

    select
        call_date,
        count(*) filter (where direction = 'inbound') as inbound_count,
        count(*) filter (where direction = 'outbound') as outbound_count
    from {{ ref('fct_calls') }}
    group by call_date

)

select coalesce(kpi.call_date, calls.call_date) as call_date
from {{ ref('rpt_daily_kpi') }} as kpi
full outer join calls on kpi.call_date = calls.call_date
where
    coalesce(kpi.incoming_count, -1) <> coalesce(calls.inbound_count, 0)
    or coalesce(kpi.outbound_count, -1) <> coalesce(calls.outbound_count, 0)
