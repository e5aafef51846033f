{{ config(
    meta={'dagster': {'ref': {'name': 'fct_operator_intervals'}}}) }}
select
    earlier.operator,
    earlier.call_date
from {{ ref('fct_operator_intervals') }} as earlier
inner join {{ ref('fct_operator_intervals') }} as later
    on
        earlier.operator = later.operator
        and earlier.call_date = later.call_date
        and earlier.state = later.state
        and coalesce(earlier.reason, '') = coalesce(later.reason, '')
        and earlier.began_at <= later.began_at
where
    earlier.state in ('logged_on', 'paused')
    and (earlier.ended_at is null or earlier.ended_at >= later.began_at)
    and (
        earlier.began_at < later.began_at
        or coalesce(earlier.ended_at, {{ now() }}) < coalesce(later.ended_at, {{ now() }})
    )
union all
select
    operator,
    call_date
from {{ ref('fct_operator_intervals') }}
where state in ('logged_on', 'paused')
group by operator, call_date, state, reason, began_at, ended_at
having count(*) > 1
