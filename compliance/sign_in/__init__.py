"""Sign-in: accounts, log-ins and sessions of the people in the register (別紙1-5(3), 別紙1-5(8)).

`accounts` lets somebody in by password and, where they have one, by a code; `sessions` says who is behind a token, asking
the register of people anew each time, so that whoever leaves is out at once. `passwords` and `totp` are the two
proofs, `attempts` what slows a stranger down. Nothing here knows of the web.

>>> from datetime import UTC, datetime
>>> from compliance.sign_in.totp import code_at, step_of
>>> code_at(b"12345678901234567890", step_of(datetime.fromtimestamp(59, UTC)))
'287082'
"""
