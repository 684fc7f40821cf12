{#
How a model becomes a table: created under its own name, in one transaction. dbt-duckdb makes it under another name and swaps, for those
who read the file meanwhile; a night's warehouse is new and private, and the swap costs every model two statements more. Hooks, indexes
and grants, of which the project has none, would need their place here.
#}
{% materialization table, adapter = "duckdb" %}
    {%- set relation = this.incorporate(type="table") -%}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {% call statement("main") -%} {{ create_table_as(False, relation, compiled_code) }} {%- endcall %}
    {{ adapter.commit() }}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}
