"""秘匿別紙: names and contacts of complaints, in a PDF of its own that opens with a password (AES-256, ISO 32000-2)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from compliance.ground.japan import TOKYO
from reporting.complaints import wording
from reporting.complaints.value import ComplaintReport
from reporting.paper import wareki
from reporting.paper.typesetting import typeset

LAYOUT = Path(__file__).with_name("secret.typ")


def render_secret(
    report: ComplaintReport, rows: Sequence[tuple[str, str]], password: str, printed_at: datetime
) -> bytes:
    """The annex as PDF bytes that only the password opens; `rows` are receipt number and contact.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    printed = printed_at.astimezone(TOKYO)
    texts = {
        "title": f"秘匿別紙（{report.head.title}）",
        "date": wareki.full(printed.date()),
        "recipient": report.head.recipient,
        "work_name": report.head.work_name,
        "days": wording.days(report),
        "rows": [list(row) for row in rows],
    }
    plain = typeset(LAYOUT, texts, printed)
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(plain)))
    writer.encrypt(owner_pass=password, user_pass=password)  # type: ignore[no-untyped-call]
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()
