"""The composition root: Dagster definitions and the `madoguchi` command. Decides nothing by itself.

What a schedule does and what a command does is the same use case of `application`, with the same entry in the log. A command that a
rule refuses says so by its exit status and touched nothing. A command loads what it needs and no more: whoever looks at
something waits for no orchestrator.

>>> from orchestration.cli import typed_moment
>>> typed_moment("2023-11-27T18:00").isoformat()
'2023-11-27T09:00:00+00:00'
"""
