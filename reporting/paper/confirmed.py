"""責任者確認 as papers print it (6(3)オ): one wording for PDF, workbook and the city's own forms."""

from __future__ import annotations

from reporting.paper import wareki
from reporting.paper.kind import Confirmation

BOX = "責任者確認（氏名・日時）"
"""The title of the box, and of the line in workbooks."""
OPEN = "未確認"
"""What stands there until somebody confirmed."""


def text_of(confirmation: Confirmation | None, joint: str = "　") -> str:
    """架空 花子（mg1）　令和5年11月27日（月） 08:40; 未確認 where nobody has."""
    if confirmation is None:
        return OPEN
    at = confirmation.at
    return f"{confirmation.by}{joint}{wareki.full(at.date())} {wareki.clock(at)}"
