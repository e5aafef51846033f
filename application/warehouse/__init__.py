"""The models of dbt in this process: which days must be derived again, and their building.

The warehouse holds nothing of its own: thrown away, it is built again from landing and the contract. A day is derived again when its rows
moved, with the evening before; a day that is being built counts as never built until all of it is there, so a kill
leaves no half day behind. What dbt's tests find is told with its days, and is a gate for nothing.

>>> from datetime import date
>>> from application.warehouse.days import days_to_build
>>> from application.warehouse.state import BuildState
>>> first, second = date(2023, 11, 20), date(2023, 11, 21)
>>> before = BuildState("terms", "models", second, {first: "a", second: "b"})
>>> after = BuildState("terms", "models", second, {first: "a", second: "c"})
>>> [(days.first.day, days.last.day) for days in days_to_build(before, after, first, lambda day: True)]
[(20, 21)]
"""
