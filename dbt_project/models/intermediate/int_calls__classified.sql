-- The one ordered decision table (docs/call-outcomes.md): the first rule that holds decides.
with calls as (

    select * from {{ ref('int_calls__assembled') }}

),

voicemail_is_kept as (

    select count(*) > 0 as is_kept from {{ source('landing', 'voicemail') }}

),

-- whatever began at an operator's phone is a call only if a citizen's number or line was dialled
with_direction as (

    select
        calls.*,
        case
            when is_inbound then 'inbound'
            when dialled_pseudonym is not null or dialled_at is not null then 'outbound'
        end as direction,
        connected_at is not null or first_joined_at is not null as was_answered
    from calls

),

ruled as (

    select
        with_direction.*,
        case
            when direction = 'outbound' and (
                first_bridge_at is not null or coalesce(dial_was_answered, false)
            ) then 'R01'
            when direction = 'outbound' then 'R02'
            when was_answered then 'R10'
            when chose_message and (message_id is not null or not voicemail_is_kept.is_kept)
                then 'R11'
            when chose_message then 'R12'
            when timed_out_at is not null then 'R13'
            when emptied_at is not null then 'R14'
            when abandoned_at is not null and rang_at_end then 'R15'
            when abandoned_at is not null then 'R16'
            when entered_at is not null and ended_by_restart then 'R17'
            when entered_at is not null then 'R18'
            when heard_after_hours or not is_in_hours then 'R20'
            when found_lines_busy then 'R21'
            when ended_by_restart then 'R22'
            when reached_queue and queue_log_covers_day then 'R23'
            when reached_queue then 'R24'
            when reached_menu and ended_at is not null then 'R25'
            else 'R30'
        end as outcome_rule
    from with_direction
    cross join voicemail_is_kept
    where direction is not null

),

final as (

    select
        *,
        case outcome_rule
            when 'R01' then 'reached'
            when 'R02' then 'not_reached'
            when 'R10' then 'answered'
            when 'R11' then 'message'
            when 'R12' then 'abandoned'
            when 'R13' then 'overflow'
            when 'R14' then 'overflow'
            when 'R15' then 'abandoned'
            when 'R16' then 'abandoned'
            when 'R17' then 'interrupted'
            when 'R18' then 'undetermined'
            when 'R20' then 'after_hours'
            when 'R21' then 'overflow'
            when 'R22' then 'interrupted'
            when 'R23' then 'overflow'
            when 'R24' then 'undetermined'
            when 'R25' then 'abandoned_in_menu'
            else 'undetermined'
        end as outcome,
        case outcome_rule
            when 'R12' then 'message_not_left'
            when 'R13' then 'timeout'
            when 'R14' then 'no_staff'
            when 'R15' then 'ringing'
            when 'R16' then 'waiting'
            when 'R17' then 'restart_while_waiting'
            when 'R18' then 'no_end_recorded'
            when 'R21' then 'lines_busy'
            when 'R22' then 'restart_in_menu'
            when 'R23' then 'no_staff'
            when 'R24' then 'queue_log_missing'
            when 'R30' then 'no_evidence'
        end as outcome_reason
    from ruled

)

select * from final
