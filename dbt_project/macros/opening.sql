{#- The civil time at which the half hour `slot` of a day begins. -#}
{% macro slot_local(day) -%}
    {{ as_civil(day) }} + (slot * interval 30 minute)
{%- endmacro %}

{#- Whether the centre is open at some moment of the half hour `slot` of a day of the calendar, from the evening before included. -#}
{% macro slot_is_open(day) -%}
    (
        (
            {{ from_tokyo(slot_local(day)) }} + interval 30 minute > opens_at
            and {{ from_tokyo(slot_local(day)) }} < closes_at
        )
        or {{ from_tokyo(slot_local(day)) }} < night_closes_at
    )
{%- endmacro %}
