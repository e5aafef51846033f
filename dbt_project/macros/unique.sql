{#- What a key is: there, and there once. One question instead of two for every model's key. -#}
{% test unique(model, column_name) %}
    select {{ column_name }}
    from {{ model }}
    group by {{ column_name }}
    having count(*) > 1 or {{ column_name }} is null
{% endtest %}
