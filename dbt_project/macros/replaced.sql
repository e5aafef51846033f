{#- A table or view that is derived whole at each build, put in its place by one statement.

    DuckDB replaces atomically, so the temporary names, renames and drops of dbt's own materializations buy
    nothing here; without them a model costs half as much, and a day's build has two dozen of them.

    The kind `staged` is a table of the days that are built, and a view where all days are: what several models read is
    read from the files once, but a copy of every log would cost more than reading it again. -#}
{% materialization replaced, adapter='duckdb' %}
    {%- set kind = config.require('kind') -%}
    {%- if kind == 'staged' -%}
        {%- set kind = 'table' if var('from_date') and var('to_date') else 'view' -%}
    {%- endif -%}
    {%- set target = this.incorporate(type=kind) -%}
    {%- set present = load_cached_relation(this) -%}
    {%- if present is not none and present.type != kind -%}
        {%- do adapter.drop_relation(present) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace {{ kind }} {{ target }} as (
            {{ sql }}
        )
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
