{#- A table or view that is derived whole at each build, put in its place by one statement.

    DuckDB replaces atomically, so the temporary names, renames and drops of dbt's own materializations buy
    nothing here; without them a model costs half as much, and a day's build has two dozen of them.

    The kind `staged` is a table of the days that are built, and a view where all days are: what several models read is
    read from the files once, but a copy of every log would cost more than reading it again. -#}
{% materialization replaced, adapter='duckdb' %}
    {%- set kind = config.require('kind') -%}
    {%- if kind == 'staged' -%}
        {%- set kind = 'table' if var('from_date') or var('to_date') else 'view' -%}
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

{#- A table that keeps its days: those that are built are taken out and derived again in one transaction, others stay.

    The query gives rows of those days alone (`day_in_range`); `days_after` more where a day's rows hang on the day
    before. dbt's own incremental table makes a temporary one first and asks for columns: three statements where one does. -#}
{% materialization by_day, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set present = load_cached_relation(this) -%}
    {%- call statement('main') -%}
        {%- if present is none -%}
            create table {{ target }} as (
                {{ sql }}
            )
        {%- else -%}
            delete from {{ target }}
            where {{ day_in_range('call_date', config.get('days_after', 0)) }};
            insert into {{ target }} by name (
                {{ sql }}
            )
        {%- endif -%}
    {%- endcall -%}
    {%- do adapter.commit() -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
