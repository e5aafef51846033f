"""週次集計結果別紙（市民の声）: the words that belong to the weekly report, in a paper of their own (6(3)エ、6(3)カ).

Messages, opinions and requests, and what the city was told. The kept value holds ids in the place of words; they are filled in when the
paper is printed, and its files lie sealed under the keys of those whose words they quote: an erased inquiry closes them.
Corrections name what moved and repeat no word.

>>> from reporting.voices.kind import VOICES
>>> VOICES.may_quote_callers, VOICES.unit.value, VOICES.scope.value
(True, 'week', 'own_days')
"""
