"""The papers that the city is owed: one set of values, rendered as PDF and as a workbook.

A paper is one frozen value of its period; both renderings, its digest and its corrections are made of that value, so that no two
files of one edition can differ. Each kind is described once (`kinds`), one driver issues all. What was not measured is
printed as ―, never as 0. Which papers are owed, when, and where they go is the contract's to say.

>>> from reporting.kinds import KINDS, goes_into_forms
>>> KINDS["weekly"].unit.value, goes_into_forms("weekly"), goes_into_forms("completion")
('week', False, True)
"""
