"""The job of the people register: looks through a filled sheet and says what it would change.

What a page starts is unproved, so it only looks; taking the sheet in is a command, for which somebody proves who
they are. The fields of its Launchpad are Japanese, as the person who fills them in.
"""

from pathlib import Path

import dagster as dg
from pydantic import Field

from application.home.session import Workplace
from application.sheets import read_rows
from compliance.people import sheet
from compliance.people.present import persons
from compliance.people.rights import Right
from orchestration.assets.metadata import table
from orchestration.assets.pages import allow_page, refusing

PEOPLE_SHEET = "people_sheet"


class PeopleSheet(dg.Config):
    """What the Launchpad asks for."""

    ファイル: str = Field(
        description="従事者の表（xlsx または CSV）のパス。`madoguchi people export` の形式です。"
    )
    試行: bool = Field(
        default=True,
        description="true：確認だけで、台帳は変わりません。登録は `madoguchi people import` で行います。",
    )


@dg.op(required_resource_keys={"workplace"}, description="従事者の表を確認し、理由を示します。")
@refusing
def look_through_sheet(context: dg.OpExecutionContext, config: PeopleSheet) -> None:
    """Counts the rows that would be taken in and lists the others with their reasons."""
    workplace: Workplace = context.resources.workplace
    first_day = workplace.settings.contract.period.start_date
    if not config.試行:
        allow_page(workplace, Right.KEEP_PEOPLE)
    rows = read_rows(Path(config.ファイル), (sheet.ID, sheet.NAME, sheet.ROLES, sheet.STARTS))
    known = persons(workplace.engine, first_day)
    refused = [
        (number, reason)
        for number, row in enumerate(rows, start=1)
        if (reason := sheet.reason_against(row)) is not None
    ]
    context.add_output_metadata(
        {
            "行数": len(rows),
            "新しい職員番号": sum(row.get(sheet.ID, "") not in known for row in rows),
            "登録できない行": len(refused),
            "理由": table(("行", "理由"), refused),
            "登録するには": f"madoguchi people import {Path(config.ファイル).name} --by 職員番号",
        }
    )


@dg.job(
    name=PEOPLE_SHEET,
    description="従事者台帳：記入した表を確認します。登録は madoguchi people import で行います。",
    executor_def=dg.in_process_executor,
)
def people_sheet() -> None:
    """The job of one look."""
    look_through_sheet()
