"""A complaint, and the telephone call to the city about it."""

from __future__ import annotations

from datetime import UTC, datetime

from compliance.inquiries.kept import inquiry_id
from compliance.inquiries.record import Flag, Inquiry

AT = datetime(2023, 11, 20, 1, 30, tzinfo=UTC)
RECORD = Inquiry(
    call_id="1700438494.0", number=1, at=AT, operator="op1", category="policy", item="limit",
    voice="complaint", handling="city", flags=frozenset({Flag.COMPLAINT, Flag.URGENT}),
    summary="窓口の説明が食い違っていたとの申出。",
)  # fmt: skip
ABOUT = inquiry_id(RECORD)
CALL = {
    "told_at": "2023-11-20T10:40:00+09:00", "manner": "urgent_call", "told_by": "sv1",
    "reached": "架空係長", "instruction": "書面で回答するとのこと。",
}  # fmt: skip
