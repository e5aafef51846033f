"""従業者報告書, 従業者変更報告書, 保護管理者変更申請書 and 誓約書台帳 as a kind of paper: made when somebody asks, sealed since they name people."""

from __future__ import annotations

from dataclasses import replace

from reporting.paper.table_kind import kind_on_request

PEOPLE_PAPERS = replace(
    kind_on_request(
        "people",
        "people_papers",
        "従業者と保護管理者についての書類です。氏名を印字するため、控えは氏名の鍵で封をします。作るには `madoguchi people paper` を使います。",
    ),
    is_fixed=True,
    names_staff=True,
)
