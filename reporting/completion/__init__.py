"""業務完了届: the month's work is done, and these are its papers (9(2)ア).

It names the last open day and every paper owed of the month's days, with how far each was by the end of the day on which this one was due. A
week of two months is in both. It reads the register of papers and decides nothing about them; amounts are left for a person.

>>> from reporting.completion.kind import COMPLETION
>>> COMPLETION.unit.value, COMPLETION.scope.value, COMPLETION.may_quote_callers
('month', 'registers', False)
"""
