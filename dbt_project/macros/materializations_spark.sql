{#- `replaced` and `by_day` on Apache Spark, where a table of Parquet files knows no statement that takes days out and puts others in.

    What is derived is a table of a name of its own, a generation, and the model a view that is pointed at it by one statement: whoever reads
    finds what was there before or what is there now, and a build that is killed leaves the former. The generation before the one
    in force stays until the next build, for who began to read it; older ones go. -#}

{#- Where a model's generations lie, and the beginning of their names. -#}
{% macro generations_of(relation) -%}
    {{ return(relation.schema ~ '_generations.' ~ relation.identifier ~ '__') }}
{%- endmacro %}

{#- Derive a generation by a query, and point the model at it. -#}
{% macro put_in_place(relation, query) %}
    {%- set generations = generations_of(relation) -%}
    {%- set made = generations ~ ((run_started_at.timestamp() * 1000000) | int) -%}
    {%- do run_query('create schema if not exists ' ~ relation.schema ~ '_generations') -%}
    {%- do run_query('drop table if exists ' ~ made) -%}
    {%- call statement('made') -%}
        create table {{ made }} using parquet as
        {{ query }}
    {%- endcall -%}
    {%- call statement('main') -%}
        create or replace view {{ relation }} as select * from {{ made }}
    {%- endcall -%}
    {%- set schema, _, name = generations.rpartition('.') -%}
    {%- set found = run_query("show tables in " ~ schema ~ " like '" ~ name ~ "1*'") -%}
    {%- for past in (found.columns[1].values() | sort)[:-2] -%}
        {%- do run_query('drop table if exists ' ~ schema ~ '.' ~ past) -%}
    {%- endfor -%}
{% endmacro %}

{% materialization replaced, adapter='spark' %}
    {%- set kind = config.require('kind') -%}
    {%- if kind == 'staged' -%}
        {%- set kind = 'table' if var('from_date') or var('to_date') else 'view' -%}
    {%- endif -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- if kind == 'table' -%}
        {%- do put_in_place(target, sql) -%}
    {%- else -%}
        {%- call statement('main') -%}
            create or replace view {{ target }} as
            {{ sql }}
        {%- endcall -%}
    {%- endif -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- A generation holds every day: those that are built, and of the generation before it the others, by the columns' names. -#}
{% materialization by_day, adapter='spark' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set query = sql -%}
    {%- if load_cached_relation(this) is not none -%}
        {%- set names = adapter.get_columns_in_relation(this) | map(attribute='name') | join(', ') -%}
        {%- set query -%}
            select {{ names }} from {{ this }}
            where not coalesce({{ day_in_range('call_date', config.get('days_after', 0)) }}, false)
            union all
            select {{ names }} from (
                {{ sql }}
            )
        {%- endset -%}
    {%- endif -%}
    {%- do put_in_place(target, query) -%}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- On Spark the sources are tables over the files, of which a session looks at the types and places once: `dbt run-operation
    sources_as_tables`, before each build. (As a hook of the project it would count among the nodes of every build of a home.) Hive is not
    told where the files lie: it would make a folder of the pattern's name. -#}
{% macro sources_as_tables() -%}
    {%- for source in graph.sources.values() if target.type == 'spark' -%}
        {%- set places = modules.re.findall("'([^']+)'", source.meta.external_location.replace('{name}', source.name)) -%}
        {%- set glob = places[0] if places | length == 1 else '{' ~ places | join(',') ~ '}' -%}
        {%- do run_query('create schema if not exists ' ~ source.source_name) -%}
        {%- set name = source.source_name ~ '.' ~ source.name -%}
        {%- do run_query('drop table if exists ' ~ name) -%}
        {%- do run_query(
            'create table ' ~ name ~ ' using parquet options (path "' ~ glob ~ '", mergeSchema "true", skipHiveMetadata "true")'
        ) -%}
    {%- endfor -%}
{%- endmacro %}
