-- Every channel that the logs name: whose it is, and to which call it belongs.
with events as (

    select * from {{ ref('stg_pbx__channel_events') }}

),

cdr_rows as (

    select * from {{ ref('stg_pbx__cdr_rows') }}

),

trunks as (

    select prefix from {{ source('reference', 'dialplan_channels') }}
    where meaning = 'trunk'

),

staff as (

    select * from {{ ref('int_calls__phones') }}

),

from_events as (

    select
        uniqueid,
        min(linkedid) as linkedid,
        coalesce(max(channel) filter (where event = 'started'), max(channel)) as channel,
        min(event_at) filter (where event = 'started') as started_at,
        min(event_at) filter (where event = 'answered') as answered_at,
        min(event_at) filter (where event = 'joined') as first_joined_at,
        max(event_at) filter (where event = 'left') as last_left_at,
        count(*) filter (where event = 'transferred') as transfer_count,
        bool_or(is_begun_by_exchange) as is_begun_by_exchange,
        max(event_at) filter (where event in ('hung_up', 'ended')) as ended_at,
        max(hangup_cause) filter (where event = 'hung_up') as hangup_cause,
        max(accountcode) filter (where event = 'started') as accountcode
    from events
    group by uniqueid

),

from_records as (

    select
        uniqueid,
        min(linkedid) as linkedid,
        max(channel) as channel,
        min(start_at) as started_at,
        bool_or(is_begun_by_exchange) as is_begun_by_exchange,
        max(accountcode) as accountcode
    from cdr_rows
    group by uniqueid

),

joined as (

    select
        coalesce(from_events.uniqueid, from_records.uniqueid) as uniqueid,
        coalesce(from_events.linkedid, from_records.linkedid) as linkedid,
        coalesce(from_events.channel, from_records.channel) as channel,
        coalesce(from_events.started_at, from_records.started_at) as started_at,
        coalesce(from_events.is_begun_by_exchange, false)
        or coalesce(from_records.is_begun_by_exchange, false) as is_begun_by_exchange,
        from_events.answered_at,
        from_events.first_joined_at,
        from_events.last_left_at,
        from_events.transfer_count,
        from_events.ended_at,
        from_events.hangup_cause,
        coalesce(from_events.accountcode, from_records.accountcode) as accountcode
    from from_events
    full outer join from_records on from_events.uniqueid = from_records.uniqueid

),

named as (

    select
        joined.uniqueid,
        joined.linkedid,
        joined.channel,
        joined.started_at,
        joined.is_begun_by_exchange,
        joined.answered_at,
        joined.first_joined_at,
        joined.last_left_at,
        joined.transfer_count,
        coalesce(left(joined.channel, 6) = 'Local/', false) as is_local,
        joined.ended_at,
        joined.hangup_cause,
        exists(
            select 1 from trunks
            where left(joined.channel, length(trunks.prefix)) = trunks.prefix
        ) as is_trunk,
        coalesce(by_endpoint.operator, by_account.operator) as operator
    from joined
    left join staff as by_endpoint on {{ endpoint('joined.channel') }} = by_endpoint.endpoint
    left join staff as by_account on joined.accountcode = by_account.endpoint

),

final as (

    select
        *,
        -- a trunk that the settings do not name still began the call, and is nobody's phone of ours
        is_trunk or (
            uniqueid = linkedid and operator is null and not is_local
        ) as is_citizen
    from named

)

select * from final
