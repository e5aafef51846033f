-- Who was in one bridge with the citizen, from when to when: one row per stay of an operator.
with events as (

    select * from {{ ref('stg_pbx__channel_events') }}
    where event in ('joined', 'left') and bridge_id is not null

),

channels as (

    select * from {{ ref('int_calls__channels') }}

),

-- the nth entry of a channel into a bridge ends with its nth exit
numbered as (

    select
        uniqueid,
        linkedid,
        bridge_id,
        event,
        event_at,
        row_number() over (
            partition by uniqueid, bridge_id, event order by event_at, source_id, byte_offset
        ) as nth
    from events

),

stays as (

    select
        entries.uniqueid,
        entries.linkedid,
        entries.bridge_id,
        entries.event_at as entered_at,
        exits.event_at as left_at
    from numbered as entries
    left join numbered as exits
        on
            entries.uniqueid = exits.uniqueid
            and entries.bridge_id = exits.bridge_id
            and entries.nth = exits.nth
            and exits.event = 'left'
    where entries.event = 'joined'

),

of_citizens as (

    select
        stays.*,
        channels.linkedid as call_id
    from stays
    inner join channels on stays.uniqueid = channels.uniqueid and channels.is_citizen

),

of_staff as (

    select
        stays.*,
        channels.operator
    from stays
    inner join channels on stays.uniqueid = channels.uniqueid and channels.operator is not null

),

final as (

    select
        of_citizens.call_id,
        of_staff.operator,
        of_staff.uniqueid as operator_uniqueid,
        of_staff.bridge_id,
        greatest(of_citizens.entered_at, of_staff.entered_at) as joined_at,
        least(of_citizens.left_at, of_staff.left_at) as left_at
    from of_citizens
    inner join of_staff
        on
            of_citizens.bridge_id = of_staff.bridge_id
            and (of_citizens.left_at is null or of_citizens.left_at > of_staff.entered_at)
            and (of_staff.left_at is null or of_citizens.entered_at < of_staff.left_at)

)

select * from final
