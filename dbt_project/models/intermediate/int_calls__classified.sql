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
            when dialled_pseudonym is not null or dialled_at is not null or dialled_a_line then 'outbound'
        end as direction,
        answer_proof is not null or queue_says_answered or connected_at is not null
        or first_joined_at is not null as was_answered
    from calls

),

ruled as (

    select
        with_direction.*,
        case
            when direction = 'outbound' and (
                far_joined_at is not null
                or (dialled_at is null and first_bridge_at is not null)
                or coalesce(dial_was_answered, false)
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
            when (entered_at is not null or stretch_count > 0) and ended_by_restart then 'R17'
            when entered_at is not null or stretch_count > 0 then 'R18'
            when
                rung_count > 0 and not reached_queue and ended_at is not null
                and not ended_by_restart then 'R19'
            when heard_after_hours or not is_in_hours then 'R20'
            when found_lines_busy then 'R21'
            when was_told_full then 'R26'
            when ended_by_restart then 'R22'
            when was_told_no_staff or (
                reached_queue and queue_log_covers_day and not coalesce(stood_in_queue, false)
            ) then 'R23'
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
            {% for rule in var('classification_rules') -%}
                when '{{ rule.rule }}' then '{{ rule.outcome }}'
            {% endfor -%}
        end as outcome,
        case outcome_rule
        {% for rule in var('classification_rules') if rule.reason -%}
                when '{{ rule.rule }}' then '{{ rule.reason }}'
            {% endfor -%}
        end as outcome_reason
    from ruled

)

select * from final
