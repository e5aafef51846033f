"""The register of papers: editions, files, due dates, what counts as delivered.

A paper is one edition until it left the house; what moved afterwards makes the next one, and an edition that was delivered is never
written over. Nothing goes to a destination without the city's 許可, and no caller's words without its 指定. A mail of which
nobody knows whether it arrived is noted before its last byte, and is not sent twice.

>>> from datetime import UTC, date, datetime
>>> from compliance.deliverables.edition import Deliverable, decide_edition
>>> made = datetime(2023, 11, 27, 9, tzinfo=UTC)
>>> sent = Deliverable("weekly", "2023-11-20", 1, date(2023, 11, 28), "a" * 64, "{}", made, delivered_at=made)
>>> decide_edition(sent, "b" * 64).edition, decide_edition(sent, "a" * 64).edition
(2, 1)
"""
