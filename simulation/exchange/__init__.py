"""A simulated PBX: call lives, and what Asterisk would have written about them.

A life says what happened to a caller and knows nothing of files; `asterisk.tell` writes what the exchange would have written of it, and the
truth lies beside it, so that what the product derives can be compared. One seed, one text. Not a line of the product is
used here.

>>> import random
>>> from datetime import date
>>> from simulation.exchange.centre import Centre
>>> from simulation.exchange.day import live_day
>>> lived = [live_day(random.Random(7), Centre(), date(2023, 11, 20), is_open=True) for _ in range(2)]
>>> lived[0].calls == lived[1].calls, {call.outcome[0] for call in lived[0].calls} >= {"answered", "abandoned"}
(True, True)
"""
