{#- What makes two rows of a log the same row, delivered twice. -#}
{% macro identity_of(kind) -%}
    {%- if kind == 'cdr' -%}
        coalesce(uniqueid, '') || '/' || coalesce(cast(sequence as string), row_key)
    {%- else -%}
        row_key
    {%- endif -%}
{%- endmacro %}

{#- Where the rows of a log lie, within the range, that came more than once. -#}
{% macro repeated_places(kind, time) -%}
    select distinct
        '{{ kind }}' as kind,
        lines.source_id,
        lines.byte_offset
    from (
        select
            source_id,
            byte_offset,
            {{ identity_of(kind) }} as identity
        from {{ source('landing', kind) }}
        where {{ in_range(time) }}
    ) as lines
    inner join (
        select {{ identity_of(kind) }} as identity
        from {{ source('landing', kind) }}
        where {{ in_range(time) }}
        group by 1
        having count(*) > 1
    ) as repeated on lines.identity = repeated.identity
{%- endmacro %}

{#- The places of a log's repeated rows, as a query in brackets. -#}
{% macro places_of(kind) -%}
    (
        select
            source_id,
            byte_offset
        from {{ ref('stg_pbx__repeated_rows') }}
        where kind = '{{ kind }}'
    )
{%- endmacro %}

{#- The queries `once` and `repeated` over a log: its rows of the range that came once, and those that came more than
    once. Only these few have to be put in order; a place is two numbers to compare, a key a long text. The places stand
    in both: a common query of two readers would be kept apart, and whoever reads a view over it would be given, and
    have read from the files, every column instead of the few that it asks for. -#}
{% macro rows_by_delivery(kind, time) -%}
    once as (

        select lines.*
        from {{ source('landing', kind) }} as lines
        left join {{ places_of(kind) }} as places
            on lines.source_id = places.source_id and lines.byte_offset = places.byte_offset
        where {{ in_range('lines.' ~ time) }} and places.byte_offset is null

    ),

    repeated as (

        select lines.*
        from {{ source('landing', kind) }} as lines
        inner join {{ places_of(kind) }} as places
            on lines.source_id = places.source_id and lines.byte_offset = places.byte_offset
        where {{ in_range('lines.' ~ time) }}

    )
{%- endmacro %}

{#- The query `first_deliveries`: each line of a log once, the first that came, with how often it came. -#}
{% macro first_deliveries(kind, time) -%}
    {{ rows_by_delivery(kind, time) }},

    first_deliveries as (

        select
            *,
            1 as delivered_count
        from once
        union all
        select
            *,
            count(*) over (partition by {{ identity_of(kind) }}) as delivered_count
        from repeated
        qualify
            row_number() over (
                partition by {{ identity_of(kind) }} order by landed_at, source_id, byte_offset
            ) = 1

    )
{%- endmacro %}
