"""The contract as data: its terms, its calendar, its definitions, and the tables made of them for SQL.

A contract is a folder that a person writes; what cannot be meant is refused by name before anything is touched. Which days are
open and when a paper is due follow from dated rules, the last one written deciding. A definition that was
in force is never rewritten: another version holds from another day.

>>> from datetime import date, time
>>> from compliance.contract.opening import always, rule_of
>>> rules = always(time(9), time(18), weekends_off=True)
>>> monday, sunday = date(2023, 11, 20), date(2023, 11, 26)
>>> rule_of(rules, monday, is_holiday=False) is None, rule_of(rules, sunday, is_holiday=False) is None
(False, True)
"""

from __future__ import annotations

from compliance.ground.stores import derived

STORES = (
    derived(
        "reference/*.parquet", "契約の条件・暦・定義・職員番号", "compliance.contract.reference"
    ),
)
