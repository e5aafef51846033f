"""The manager's job: the centre's figures of any period on a page, without operators; the files are a command (9(3)).

What a page starts is unproved, so it shows counts alone; who worked how is for whoever proves to be the manager.
"""

import dagster as dg
from pydantic import Field

from application.home.session import Workplace
from compliance.errors import EntryRefused
from compliance.ground.japan import civil_date
from compliance.people.rights import Right
from orchestration.assets.metadata import table
from orchestration.assets.pages import allow_page, refusing

MANAGEMENT_FIGURES = "management_figures"


class FiguresPeriod(dg.Config):
    """What the Launchpad asks for."""

    初日: str = Field(description="数え始める日（例 2023-12-01）。")
    末日: str = Field(description="数え終わる日（例 2023-12-31）。終わっていない日は数えません。")


@dg.op(required_resource_keys={"workplace"}, description="任意の期間の件数と必要な人数を示します。")
@refusing
def show_figures(context: dg.OpExecutionContext, config: FiguresPeriod) -> None:
    """Shows the tables that name no operator, and the command that writes the whole report."""
    from application.figures import days_of, figures_of
    from reporting.management.load import LOAD
    from reporting.management.reader import AGAIN, HALF_HOURS, HANDLING, OVERVIEW

    workplace: Workplace = context.resources.workplace
    allow_page(workplace, Right.READ_PAPERS)
    try:
        first_day, last_day = days_of(config.初日, config.末日)
    except ValueError:
        raise EntryRefused(
            "初日と末日を 2023-12-01 の形で、初日を先にして書いてください。"
        ) from None
    today = civil_date(workplace.now)
    paper = figures_of(workplace.settings, workplace.home, today, first_day, last_day)
    shown: dict[str, object] = dict(paper.facts)
    for title in (OVERVIEW, HALF_HOURS, HANDLING, LOAD, AGAIN):
        one = paper.table(title)
        shown[title] = table([h.replace("\n", "") for h in one.headings], one.rows)
    shown["PDF・Excelを作るには"] = (
        f"madoguchi papers figures --from {first_day} --until {last_day} --to フォルダ --by 職員番号"
    )
    context.add_output_metadata(shown)


@dg.job(
    name=MANAGEMENT_FIGURES,
    description="運営状況（管理者用）：任意の期間の件数、時間帯別、応対時間、必要な人数を示します。従事者別は madoguchi papers figures で作ります。",
    executor_def=dg.in_process_executor,
)
def management_figures() -> None:
    """The job of one look."""
    show_figures()
