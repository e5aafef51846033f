{#- What engines say differently: models call these, and say nothing of the kind themselves. Each stands here once to be called, and once
    for every engine: `duckdb__` for a home, `spark__` for Apache Spark, whose session is in UTC. What both read alike is said
    plainly in the models. The order given to `first_of` and `last_of` must not tie. -#}

{#- The civil time in Japan of an instant. -#}
{% macro tokyo(instant) -%}{{ adapter.dispatch('tokyo')(instant) }}{%- endmacro %}
{% macro duckdb__tokyo(instant) -%}
    timezone('Asia/Tokyo', {{ instant }})
{%- endmacro %}
{% macro spark__tokyo(instant) -%}
    convert_timezone('UTC', 'Asia/Tokyo', cast({{ instant }} as timestamp_ntz))
{%- endmacro %}

{#- The instant of a civil time in Japan. -#}
{% macro from_tokyo(civil) -%}{{ adapter.dispatch('from_tokyo')(civil) }}{%- endmacro %}
{% macro duckdb__from_tokyo(civil) -%}
    timezone('Asia/Tokyo', {{ civil }})
{%- endmacro %}
{% macro spark__from_tokyo(civil) -%}
    cast(convert_timezone('Asia/Tokyo', 'UTC', {{ civil }}) as timestamp_ltz)
{%- endmacro %}

{#- A day, or a text without an offset, as a civil time. -#}
{% macro as_civil(what) -%}{{ adapter.dispatch('as_civil')(what) }}{%- endmacro %}
{% macro duckdb__as_civil(what) -%}
    cast({{ what }} as timestamp)
{%- endmacro %}
{% macro spark__as_civil(what) -%}
    cast({{ what }} as timestamp_ntz)
{%- endmacro %}

{#- A text with an offset as an instant; null as one that is not known. -#}
{% macro as_instant(what) -%}{{ adapter.dispatch('as_instant')(what) }}{%- endmacro %}
{% macro duckdb__as_instant(what) -%}
    cast({{ what }} as timestamptz)
{%- endmacro %}
{% macro spark__as_instant(what) -%}
    cast({{ what }} as timestamp_ltz)
{%- endmacro %}

{#- Microseconds since 1970: a whole number, so that differences are exact. -#}
{% macro epoch_microseconds(instant) -%}{{ adapter.dispatch('epoch_microseconds')(instant) }}{%- endmacro %}
{% macro duckdb__epoch_microseconds(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}
{% macro spark__epoch_microseconds(instant) -%}
    unix_micros({{ instant }})
{%- endmacro %}

{#- The instant so many seconds after 1970 began. -#}
{% macro from_epoch(seconds) -%}{{ adapter.dispatch('from_epoch')(seconds) }}{%- endmacro %}
{% macro duckdb__from_epoch(seconds) -%}
    to_timestamp({{ seconds }})
{%- endmacro %}
{% macro spark__from_epoch(seconds) -%}
    timestamp_seconds({{ seconds }})
{%- endmacro %}

{#- The hour since 1970 in which an instant lies. -#}
{% macro hour_of(instant) -%}{{ adapter.dispatch('hour_of')(instant) }}{%- endmacro %}
{% macro duckdb__hour_of(instant) -%}
    epoch_us({{ instant }}) // 3600000000
{%- endmacro %}
{% macro spark__hour_of(instant) -%}
    unix_micros({{ instant }}) div 3600000000
{%- endmacro %}

{#- The civil time in Japan at which the half hour of an instant begins. -#}
{% macro half_hour_of(instant) -%}
    {{ tokyo(half_hour_began(instant)) }}
{%- endmacro %}

{#- The instant at which the half hour of an instant begins. -#}
{% macro half_hour_began(instant) -%}{{ adapter.dispatch('half_hour_began')(instant) }}{%- endmacro %}
{% macro duckdb__half_hour_began(instant) -%}
    time_bucket(interval '30 minutes', {{ instant }})
{%- endmacro %}
{% macro spark__half_hour_began(instant) -%}
    timestamp_seconds(unix_seconds({{ instant }}) div 1800 * 1800)
{%- endmacro %}

{#- A length of time to add to an instant. -#}
{% macro in_seconds(seconds) -%}{{ adapter.dispatch('in_seconds')(seconds) }}{%- endmacro %}
{% macro duckdb__in_seconds(seconds) -%}
    to_seconds({{ seconds }})
{%- endmacro %}
{% macro spark__in_seconds(seconds) -%}
    make_dt_interval(0, 0, 0, {{ seconds }})
{%- endmacro %}

{#- The whole number nearest to one with a fraction, the even one of two as near. -#}
{% macro nearest_whole(number) -%}{{ adapter.dispatch('nearest_whole')(number) }}{%- endmacro %}
{% macro duckdb__nearest_whole(number) -%}
    cast({{ number }} as bigint)
{%- endmacro %}
{% macro spark__nearest_whole(number) -%}
    cast(bround({{ number }}) as bigint)
{%- endmacro %}

{#- A table `slots` of the half hours of a day, `slot` from 0 to 47. -#}
{% macro half_hours() -%}{{ adapter.dispatch('half_hours')() }}{%- endmacro %}
{% macro duckdb__half_hours() -%}
    generate_series(0, 47) as slots (slot)
{%- endmacro %}
{% macro spark__half_hours() -%}
    (select explode(sequence(0, 47)) as slot) as slots
{%- endmacro %}

{#- One row per place of lists of one length, a column of each: `columns` gives each column's name its values. Once in a row: two
    would go hand in hand on one engine, and on another each with each. -#}
{% macro each_row_of(columns) -%}{{ adapter.dispatch('each_row_of')(columns) }}{%- endmacro %}
{% macro duckdb__each_row_of(columns) -%}
    {% for name, values in columns.items() -%}
        unnest([{{ values | join(', ') }}]) as {{ name }}{{ ', ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
{% macro spark__each_row_of(columns) -%}
    inline(arrays_zip(
        {%- for values in columns.values() -%}
            array({{ values | join(', ') }}){{ ', ' if not loop.last }}
        {%- endfor -%}
    )) as ({{ columns.keys() | join(', ') }})
{%- endmacro %}

{#- The texts of a group as one, in that order. -#}
{% macro joined_text(what, by, order, is_distinct=false) -%}
    {{ adapter.dispatch('joined_text')(what, by, order, is_distinct) }}
{%- endmacro %}
{% macro duckdb__joined_text(what, by, order, is_distinct) -%}
    string_agg({% if is_distinct %}distinct {% endif %}{{ what }}, '{{ by }}' order by {{ order }})
{%- endmacro %}
{% macro spark__joined_text(what, by, order, is_distinct) -%}
    listagg({% if is_distinct %}distinct {% endif %}{{ what }}, '{{ by }}') within group (order by {{ order }})
{%- endmacro %}

{#- The value of a group's first row in that order. -#}
{% macro first_of(what, order) -%}{{ adapter.dispatch('first_of')(what, order) }}{%- endmacro %}
{% macro duckdb__first_of(what, order) -%}
    first({{ what }} order by {{ order }})
{%- endmacro %}
{% macro spark__first_of(what, order) -%}
    min_by({{ what }}, struct({{ order }}))
{%- endmacro %}

{#- The value of a group's last row in that order. -#}
{% macro last_of(what, order) -%}{{ adapter.dispatch('last_of')(what, order) }}{%- endmacro %}
{% macro duckdb__last_of(what, order) -%}
    last({{ what }} order by {{ order }})
{%- endmacro %}
{% macro spark__last_of(what, order) -%}
    max_by({{ what }}, struct({{ order }}))
{%- endmacro %}

{#- What stands at a key of a JSON object, as text. -#}
{% macro text_at(object, key) -%}{{ adapter.dispatch('text_at')(object, key) }}{%- endmacro %}
{% macro duckdb__text_at(object, key) -%}
    ({{ object }} ->> '{{ key }}')
{%- endmacro %}
{% macro spark__text_at(object, key) -%}
    get_json_object({{ object }}, '$.{{ key }}')
{%- endmacro %}
