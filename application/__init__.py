"""What the centre does, whoever starts it: one module a use case, on one home that somebody opened.

A use case takes the home at its present time (`home.session`: to run it, to look at it; `people.ActingHome`: to act in it), decides by the rules of
`compliance` and `reporting`, and leaves registers, files and entries of the log as if it had been done at once, or not at all. It prints
nothing and knows no page, terminal or orchestrator: desk, command and Dagster's assets call the same functions.

>>> from datetime import UTC, datetime
>>> from application.board import QueueNow, alarms_of
>>> from compliance.contract.terms import FloorTerms
>>> since, now = datetime(2023, 11, 20, 1, 0, tzinfo=UTC), datetime(2023, 11, 20, 1, 5, tzinfo=UTC)
>>> alarms_of([QueueNow("総合案内", 1, since)], "", FloorTerms(), now)
('総合案内：60秒以上お待ちの方がいます。',)
"""
