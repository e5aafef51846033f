"""個人情報取扱状況報告書: what was held, by whom, what was done with it, each month (8(3), 9(2)イ, 別紙1-10).

What was held is counted from the audit log and compared with the stores: what only one of both knows is named by its id. The 別表 sets a ○
beside what the registers prove, and says where they prove nothing. Everything is as it was known when the paper was due; it prints
ids and counts, and changes no register.

>>> from reporting.personal_information.holdings import Holding
>>> Holding("call", at_start=120, added=35, erased=20, late=1).at_end
136
"""
