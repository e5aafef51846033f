"""Who works here, what each may do today, and how they show who they are (別紙1-2, 別紙1-5(3), 別紙2-3, 2-6-4).

`register` keeps people, training and pledges as a history that only grows; `may` decides, from the registers
alone, whether a person may do something today; `acting` is how a command learns who is at it.

>>> from datetime import date
>>> from compliance.people.rights import Right, Role
>>> from compliance.people.standing import Person, may
>>> on = date(2023, 11, 20)
>>> manager = Person("mg1", 1, frozenset({Role.MANAGER}), on, on, trained_on=on, pledged_on=on)
>>> may(manager, Right.CONFIRM_PAPER, on).is_allowed, may(manager, Right.RUN_JOBS, on).is_allowed
(True, False)
"""
