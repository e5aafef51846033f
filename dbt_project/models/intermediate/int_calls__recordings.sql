-- Every recording with the call that its name tells: by the channel's unique id, whichever leg was recorded.
with recordings as (

    select * from {{ ref('stg_pbx__recordings') }}

),

-- the exchange's system name does not stand in every recording's name
channels as (

    select
        {{ bare_uniqueid('uniqueid') }} as bare_uniqueid,
        min(linkedid) as linkedid
    from {{ ref('int_calls__channels') }}
    group by 1

),

calls as (

    select
        {{ bare_uniqueid('call_id') }} as bare_uniqueid,
        min(call_id) as call_id
    from {{ ref('int_calls__classified') }}
    group by 1

),

final as (

    select
        recordings.*,
        coalesce(by_channel.call_id, calls.call_id) as call_id
    from recordings
    left join channels
        on {{ bare_uniqueid('recordings.call_uniqueid') }} = channels.bare_uniqueid
    left join {{ ref('int_calls__classified') }} as by_channel
        on channels.linkedid = by_channel.call_id
    left join calls on {{ bare_uniqueid('recordings.call_uniqueid') }} = calls.bare_uniqueid

)

select * from final
