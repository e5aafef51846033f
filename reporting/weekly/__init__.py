"""週次集計結果 (6(3)エ, 9(1)): its value, its reading, its words, its two renderings, its corrections.

One `WeeklyReport` holds all that the week's paper prints; it is read from the warehouse, where it was
counted. A sum says which of the open days it covers, and a later edition names each item that moved, with its reason. No
caller's words are in it: they stand in the 別紙.

>>> from reporting.weekly.value import Coverage
>>> from reporting.weekly.wording import coverage, duration, percent
>>> coverage(Coverage(open_days=5, measured_days=2)), duration(83.4), percent(None)
('開設5日のうち計測2日', '1分23秒', '―')
"""
