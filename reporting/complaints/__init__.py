"""日次報告書（苦情）: the complaints of a business day for the city, by the next one (6(3)オ).

A list, then one sheet for each case: what was said, what was done, what the city is asked for. Words are filled in when it is printed and lie
sealed; names and contacts stand in a 秘匿別紙 with a password of its own. What a case says in two ways is shown to whoever
confirms it. Corrections name what moved and repeat no word.

>>> from reporting.complaints.kind import COMPLAINTS
>>> COMPLAINTS.may_quote_callers, COMPLAINTS.unit.value
(True, 'day')
"""
