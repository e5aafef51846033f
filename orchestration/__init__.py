"""The composition root: Dagster definitions and the `madoguchi` command. Decides nothing by itself."""
