"""対応記録: what callers said, one record for each inquiry (6(2), 6(3)ア–オ).

`form` is the version of codes that the city confirmed, `record` what one record holds and what it must, `scan` what a free
text may not hold, `register` the store: codes in clear, texts and contacts sealed under a key of their own. Corrections are
new revisions, each for one of the `reasons`; nothing is changed in place.

>>> from datetime import UTC, datetime
>>> from compliance.inquiries.record import Flag, Inquiry
>>> at = datetime(2023, 11, 20, 1, 5, tzinfo=UTC)
>>> told = Inquiry("1700438494.7", 1, at, "op1", "card", "lost", flags=frozenset({Flag.COMPLAINT}))
>>> told.is_counted, told.needs_summary
(True, True)
"""

from __future__ import annotations

from compliance.ground.stores import NO_KEY, Holds, Store

STORES: tuple[Store, ...] = (
    Store(
        pattern="floor/*.parquet",
        title="対応記録（符号のみ）",
        holds=Holds.CALL_FACTS,
        owner="compliance.inquiries.extract",
        key=NO_KEY,
        retention="replaced whenever the register grows",
        eraser="delete it",
        verifier="its absence",
    ),
)
"""What this room writes below a home."""
