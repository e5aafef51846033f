{#- Whether two stays have a moment in common; one without an end goes on. -#}
{% macro overlap(one, other) -%}
    ({{ one }}.left_at is null or {{ one }}.left_at > {{ other }}.entered_at)
    and ({{ other }}.left_at is null or {{ other }}.left_at > {{ one }}.entered_at)
{%- endmacro %}
