"""A centre that does not exist: its exchange, its people and their days, for demo, rehearsal and tests.

Every person, number and word is invented, numbers from the fictional ranges. Its people do what people of a centre do, by the same use cases, each thing when
its day has come; what it drew it draws again, so that a simulation that was killed goes on where it was. Of the
product only the commands that live it import it.

>>> from datetime import date
>>> from simulation.voices import faq
>>> known = list(faq(date(2023, 11, 20), until=date(2023, 11, 20)))
>>> known == list(faq(date(2023, 11, 20), until=date(2023, 11, 20))), known[0].entered_at.date()
(True, datetime.date(2023, 11, 13))
"""
