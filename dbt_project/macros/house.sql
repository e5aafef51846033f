{#- Schemas are named exactly as the models' folders say: marts, not main_marts. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name else target.schema }}
{%- endmacro %}

{#- Seconds between two instants to the nearest millisecond, half ones away from zero. Whole microseconds are divided:
    the seconds since 1970 as a double are not the nearest one, and a half millisecond would round down by accident. -#}
{% macro seconds_between(earlier, later) -%}
    round(({{ epoch_microseconds(later) }} - {{ epoch_microseconds(earlier) }}) / 1000) / 1000
{%- endmacro %}

{#- Whether a row's own time can belong to a call of the days being built: a call lasts less than a day
    beyond the day on which it began. -#}
{% macro in_range(instant) -%}
    (
        1 = 1
        {%- if var('from_date') %}
        and {{ instant }} >= {{ from_tokyo(as_civil("'" ~ var("from_date") ~ "'")) }}
        {%- endif %}
        {%- if var('to_date') %}
        and {{ instant }} < {{ from_tokyo(as_civil("'" ~ var("to_date") ~ "'") ~ " + interval 2 day") }}
        {%- endif %}
    )
{%- endmacro %}

{#- Whether a call day is among the days being built, or among so many after them. -#}
{% macro day_in_range(day, days_after=0) -%}
    (
        1 = 1
        {%- if var('from_date') %} and {{ day }} >= cast('{{ var("from_date") }}' as date){% endif %}
        {%- if var('to_date') %} and {{ day }} <= cast('{{ var("to_date") }}' as date) + {{ days_after }}{% endif %}
    )
{%- endmacro %}

{#- The Monday of a day's week. -#}
{% macro monday_of(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{#- The present time of the home, and its day in Japan. -#}
{% macro now() -%}
    {{ as_instant("'" ~ var("as_of") ~ "'") }}
{%- endmacro %}

{% macro today() -%}
    cast({{ tokyo(now()) }} as date)
{%- endmacro %}

{#- A fraction of two counts; null where there is nothing to divide by. -#}
{% macro fraction(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

{#- The endpoint within a channel name: op1 in PJSIP/op1-0000002a. -#}
{% macro endpoint(channel) -%}
    nullif(regexp_extract({{ channel }}, '^[A-Za-z0-9]+/(.*)-[0-9a-f]{1,8}(;[12])?$', 1), '')
{%- endmacro %}

{#- An agent's or endpoint's spelling without its technology: op1 in PJSIP/op1. -#}
{% macro bare_spelling(spelling) -%}
    regexp_replace({{ spelling }}, '^[A-Za-z0-9]+/', '')
{%- endmacro %}

{#- The sum of seconds, exact to the millisecond and so the same in whatever order rows are read. -#}
{% macro total_seconds(seconds) -%}
    cast(sum(cast(round({{ seconds }} * 1000) as bigint)) as double) / 1000
{%- endmacro %}

{#- The unique id without the exchange's system name, which not every writer puts before it. -#}
{% macro bare_uniqueid(uniqueid) -%}
    regexp_extract({{ uniqueid }}, '[0-9]+[.][0-9]+$', 0)
{%- endmacro %}

{#- When a channel began, as the second in its unique id says; null for an id that an application chose. -#}
{% macro began_at(uniqueid) -%}
    {{ from_epoch("try_cast(nullif(regexp_extract(" ~ uniqueid ~ ", '(^|-)([0-9]{9,10})[.][0-9]{1,9}$', 2), '') as bigint)") }}
{%- endmacro %}

{#- Where a row stands, for the order of rows of one instant. -#}
{% macro in_order(alias='') -%}
    {{ alias }}event_at, {{ alias }}source_id, {{ alias }}byte_offset
{%- endmacro %}
