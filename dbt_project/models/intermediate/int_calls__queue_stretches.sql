-- A call's stays in queues, in order: one row from the entry into a queue to its end there.
{%- set columns = [
    'row_key', 'event_at', 'source_id', 'byte_offset', 'queue', 'operator', 'event', 'source_word',
    'caller_pseudonym', 'wait_seconds', 'talk_seconds', 'ring_seconds', 'transfer_target'
] %}
with events as (

    select * from {{ ref('stg_pbx__queue_events') }}
    where
        call_uniqueid is not null
        and event in (
            'entered', 'answered', 'completed', 'transferred', 'rang_unanswered', 'ring_canceled',
            'abandoned', 'left_by_key', 'timed_out', 'emptied'
        )

),

channels as (

    select
        uniqueid,
        linkedid
    from {{ ref('int_calls__channels') }}

),

named as (

    select
        {% for column in columns -%}
            events.{{ column }},
        {% endfor -%}
        coalesce(channels.linkedid, events.call_uniqueid) as call_id,
        events.event in ('answered', 'completed', 'transferred') as is_of_operator,
        case
            when events.event = 'entered' then 1
            when events.event = 'answered' then 2
            when events.event not in ('rang_unanswered', 'ring_canceled') then 3
        end as step
    from events
    left join channels on events.call_uniqueid = channels.uniqueid

),

answers as (

    select
        call_id,
        queue,
        operator,
        event_at
    from named
    where event = 'answered'

),

-- an attended transfer is written under the operator's own call into the second queue; told apart first, so that only these
-- few meet the answers of their operator
strays as (

    select
        row_key,
        call_id,
        queue,
        operator,
        event_at,
        event_at - {{ in_seconds("coalesce(talk_seconds, 0) + " ~ var('same_moment_seconds')) }}
            as answered_from
    from named
    where
        event = 'transferred'
        and not exists (
            select 1 from answers
            where answers.call_id = named.call_id and answers.operator = named.operator
        )

),

-- it ends the answer of that operator from which its talk is counted, whosever id it bears
moved as (

    select
        strays.row_key,
        min(strays.call_id) as written_under,
        {{ last_of('answers.call_id', 'answers.event_at, answers.call_id') }} as call_id
    from strays
    inner join answers
        on
            strays.operator = answers.operator
            and strays.queue = answers.queue
            and strays.call_id <> answers.call_id
            and answers.event_at between strays.answered_from and strays.event_at
    group by strays.row_key

),

-- calls of one plain stay, as most are: entered, then answered or not, then ended or not, each once and strictly later than the
-- one before. Their steps are their places in one stretch; whoever is in doubt goes through the windows, which cost the most
plain as (

    select call_id from named
    where
        call_id not in (select call_id from moved)
        and call_id not in (select written_under from moved)
    group by call_id
    having
        count(*) filter (where step = 1) = 1
        and count(*) filter (where step = 2) <= 1
        and count(*) filter (where step = 3) <= 1
        and count(*) = count(step)
        and coalesce(
            max(event_at) filter (where step = 1) < min(event_at) filter (where step > 1), true
        )
        and coalesce(
            max(event_at) filter (where step = 2) < min(event_at) filter (where step = 3), true
        )
        and count(queue) = count(*)
        and min(queue) = max(queue)
        and count(operator) filter (where is_of_operator)
        = count(*) filter (where is_of_operator)
        and coalesce(
            min(operator) filter (where is_of_operator)
            = max(operator) filter (where is_of_operator), true
        )

),

placed as (

    select
        coalesce(moved.call_id, named.call_id) as call_id,
        {% for column in columns -%}
            named.{{ column }},
        {% endfor -%}
        named.is_of_operator,
        row_number() over (
            partition by coalesce(moved.call_id, named.call_id) order by {{ in_order('named.') }}
        ) as place
    from named
    left join moved on named.row_key = moved.row_key
    where named.call_id not in (select call_id from plain)

),

told as (

    select
        *,
        lag(event) over (
            partition by call_id, queue, operator, is_of_operator order by place
        ) as event_before
    from placed

),

-- the end of an answer belongs to that answer, wherever the caller was by then
opened as (

    select
        *,
        event in ('completed', 'transferred') and coalesce(event_before = 'answered', false)
            as ends_an_answer
    from told

),

-- a line without its entry (it was lost, or the writer is older) opens a stay all the same
marked as (

    select
        *,
        not ends_an_answer and (
            event = 'entered'
            or coalesce(queue <> lag(queue) over of_call, false)
            or (
                is_of_operator
                and coalesce(
                    lag(event) over of_call in ('answered', 'completed', 'transferred'), false
                )
            )
        ) as is_opening
    from opened
    window of_call as (partition by call_id, ends_an_answer order by place)

),

counted as (

    select
        *,
        sum(case when is_opening then 1 else 0 end) over (
            partition by call_id order by place rows unbounded preceding
        ) as so_far
    from marked

),

numbered as (

    select
        *,
        case
            when ends_an_answer
                then
                    lag(so_far)
                        over (
                            partition by call_id, queue, operator, is_of_operator order by place
                        )
            else so_far
        end as stretch
    from counted

),

laid_out as (

    select
        call_id,
        {% for column in columns -%}
            {{ column }},
        {% endfor -%}
        1 as stretch,
        step as place,
        1 = 1 as is_plain
    from named
    where call_id in (select call_id from plain)
    union all
    select
        call_id,
        {% for column in columns -%}
            {{ column }},
        {% endfor -%}
        stretch,
        place,
        1 = 0 as is_plain
    from numbered

),

final as (

    select
        call_id,
        cast(stretch as integer) as stretch,
        {{ first_of('queue', 'place') }} filter (where queue is not null) as queue,
        max(caller_pseudonym) as caller_pseudonym,
        min(event_at) as first_at,
        max(event_at) as last_at,
        min(event_at) filter (where event = 'entered') as entered_at,
        coalesce(
            min(event_at) filter (where event = 'answered'),
            min(event_at - {{ in_seconds('talk_seconds') }}) filter (
                where event in ('completed', 'transferred')
            )
        ) as answered_at,
        bool_or(event in ('answered', 'completed', 'transferred')) as is_answered,
        coalesce(
            {% for row in var('answer_proofs') if row.source == 'queue_log' -%}
                max(event) filter (where event = '{{ row.proof }}'){{ ', ' if not loop.last }}
            {%- endfor %}
        ) as proof,
        {{ first_of('operator', 'place') }} filter (
            where event in ('answered', 'completed', 'transferred')
        ) as operator,
        {{ first_of('ring_seconds', 'place') }} filter (where event = 'answered')
            as answered_ring_seconds,
        {{ last_of('event', 'place') }} filter (
            where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
        ) as ended_as,
        max(event_at) filter (
            where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
        ) as ended_at,
        max(event_at) filter (where event = 'completed') as completed_at,
        max(event_at) filter (where event = 'transferred') as transferred_at,
        max(talk_seconds) filter (where event = 'completed') as complete_talk_seconds,
        max(talk_seconds) filter (where event = 'transferred') as transfer_talk_seconds,
        coalesce(
            {{ first_of('wait_seconds', 'place') }} filter (where event = 'answered'),
            max(wait_seconds) filter (
                where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
            ),
            max(wait_seconds) filter (where event in ('completed', 'transferred')),
            {{ nearest_whole(seconds_between("min(event_at) filter (where event = 'entered')", "coalesce(
                min(event_at) filter (where event = 'answered'),
                max(event_at) filter (
                    where event in ('abandoned', 'timed_out', 'emptied', 'left_by_key')
                )
            )")) }}
        ) as wait_seconds,
        count(*) filter (where event in ('answered', 'rang_unanswered', 'ring_canceled'))
            as ring_attempt_count,
        max(event_at) filter (where event = 'ring_canceled') as ring_canceled_at,
        max(event_at) filter (where event = 'rang_unanswered') as rang_out_at,
        {{ last_of('ring_seconds', 'place') }} filter (where event = 'ring_canceled')
            as canceled_ring_seconds,
        count(*) filter (where event = 'transferred') as transfer_count,
        {{ last_of('transfer_target', 'place') }} filter (
            where transfer_target is not null
        ) as transfer_target,
        -- put in order only where the places are not known beforehand: sorting within each stretch costs too much
        concat_ws(
            ' ',
            {% for step in (1, 2, 3) -%}
                max(source_word) filter (where is_plain and place = {{ step }}),
            {% endfor -%}
            {{ joined_text('source_word', ' ', 'place') }} filter (where not is_plain)
        ) as source_words,
        {{ last_of('row_key', 'place') }} as last_row_key
    from laid_out
    group by call_id, stretch

)

select * from final
