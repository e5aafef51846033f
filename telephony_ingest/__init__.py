"""Reads what the PBX wrote and lands every row once, with its lineage and without its numbers.

It writes `landing/` and the pages in `quality/`. A row lands as it was written, typed, and can be found again in its source; a citizen's
number becomes a pseudonym before anything is kept, so that one citizen is one pseudonym however the exchange spells the
number. A line that cannot be read is no error: it is set aside by place, length and reason, never with its bytes. Landed
rows are never changed, and nothing here changes a file of the PBX's.

>>> from telephony_ingest.landing.pseudonyms import Pseudonyms
>>> pseudonyms = Pseudonyms.from_key(bytes(range(32)))
>>> pseudonyms.number("0110000001") == pseudonyms.number("+81110000001")
True
>>> pseudonyms.number("101") is None  # an extension is nobody's number
True
"""
