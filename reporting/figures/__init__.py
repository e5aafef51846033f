"""A paper of figures for the client: of any unit, of one service or of all, with the sections that the contract names.

It reads the warehouse and counts whole days that are over; a day without records is named and not counted. Targets that the
contract sets are judged by the counts, not by the rounded shares that are printed. A contract may owe several
(`figures_month`, `figures_month.english`).

>>> from reporting.kinds import KINDS
>>> KINDS["figures_month.english"].unit.value, KINDS["figures_year"].unit.value, KINDS["figures_day"].scope.value
('month', 'year', 'own_days')
"""
