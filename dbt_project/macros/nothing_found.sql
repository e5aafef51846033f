{#- No row of the list of findings is of this kind. -#}
{% test nothing_found(model, finding) %}
    select subject from {{ model }}
    where finding = '{{ finding }}'
{% endtest %}
