"""A home opened for work: its settings, who holds it and at which time, who started something at a page, and what a run reports.

A `Workplace` holds the run lock, and is the only reader of the system's clock; an `Outlook` looks without taking anything. Settings are
read once and frozen, and every problem of theirs is told at once, before the home is touched. A home whose keys would lie within it
is refused.

>>> from application.home.session import parse_as_of
>>> parse_as_of("2023-11-27").isoformat()  # the end of that day in Japan
'2023-11-27T14:59:59+00:00'
"""
