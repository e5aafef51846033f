{#- What engines say differently, as DuckDB says it: models call these, and another engine would change this file
    alone. The order given to `first_of` and `last_of` must not tie. -#}

{#- The civil time in Japan of an instant. -#}
{% macro tokyo(instant) -%}
    timezone('Asia/Tokyo', {{ instant }})
{%- endmacro %}

{#- The instant of a civil time in Japan. -#}
{% macro from_tokyo(civil) -%}
    timezone('Asia/Tokyo', {{ civil }})
{%- endmacro %}

{#- Microseconds since 1970: a whole number, so that differences are exact. -#}
{% macro epoch_microseconds(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}

{#- The instant so many seconds after 1970 began. -#}
{% macro from_epoch(seconds) -%}
    to_timestamp({{ seconds }})
{%- endmacro %}

{#- The hour since 1970 in which an instant lies. -#}
{% macro hour_of(instant) -%}
    {{ epoch_microseconds(instant) }} // 3600000000
{%- endmacro %}

{#- The civil time in Japan at which the half hour of an instant begins. -#}
{% macro half_hour_of(instant) -%}
    timezone('Asia/Tokyo', {{ half_hour_began(instant) }})
{%- endmacro %}

{#- The instant at which the half hour of an instant begins. -#}
{% macro half_hour_began(instant) -%}
    time_bucket(interval '30 minutes', {{ instant }})
{%- endmacro %}

{#- A length of time to add to an instant. -#}
{% macro in_seconds(seconds) -%}
    to_seconds({{ seconds }})
{%- endmacro %}

{#- A table `slots` of the half hours of a day, `slot` from 0 to 47. -#}
{% macro half_hours() -%}
    generate_series(0, 47) as slots (slot)
{%- endmacro %}

{#- One row per value of a list; two lists of a query go hand in hand. -#}
{% macro each_of(values) -%}
    unnest([{{ values | join(', ') }}])
{%- endmacro %}

{#- The texts of a group as one, in that order. -#}
{% macro joined_text(what, by, order, is_distinct=false) -%}
    string_agg({% if is_distinct %}distinct {% endif %}{{ what }}, '{{ by }}' order by {{ order }})
{%- endmacro %}

{#- The value of a group's first row in that order. -#}
{% macro first_of(what, order) -%}
    first({{ what }} order by {{ order }})
{%- endmacro %}

{#- The value of a group's last row in that order. -#}
{% macro last_of(what, order) -%}
    last({{ what }} order by {{ order }})
{%- endmacro %}
