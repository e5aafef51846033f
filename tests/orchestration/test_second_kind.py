"""A second kind of paper costs its own description: here one of a month, in thirty lines of a test."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from application.home.session import open_workplace, parse_as_of, read_settings
from application.home.settings import Settings
from application.papers import due_papers, papers_to_judge
from compliance.contract.due_terms import Unit
from compliance.deliverables.register import editions
from compliance.errors import ContractInvalid
from orchestration.assets.code_location import build_definitions
from orchestration.command.run import run
from reporting.kinds import KINDS
from reporting.paper.kind import Correction, PaperKind, Reading
from tests.homes import AS_OF, ROOT, HomeOnTrial


@dataclasses.dataclass(frozen=True)
class CallCount:
    """Everything that the small paper prints."""

    month: str
    calls: int
    edition: int = 1
    corrections: tuple[Correction, ...] = ()
    checkpoint: str | None = None

    def as_edition(self, edition: int, corrections: Sequence[Correction]) -> CallCount:
        return dataclasses.replace(self, edition=edition, corrections=tuple(corrections))


def read(reading: Reading) -> CallCount:
    period = reading.period
    (calls,) = reading.connection.execute(
        "select count(*) from marts.fct_calls where call_date between ? and ?",
        [period.first_day, period.last_day],
    ).fetchone() or (0,)
    return CallCount(period.key, calls)


def corrections(before: CallCount, after: CallCount) -> tuple[Correction, ...]:
    return (Correction("通話", str(before.calls), str(after.calls), "提出後に届いた記録による"),)


def render(value: CallCount, printed_at: datetime) -> bytes:
    return f"{value.month} 第{value.edition}版 {value.calls}件 {len(value.corrections)}".encode()


MONTHLY = PaperKind(
    kind="call_count",
    unit=Unit.MONTH,
    clause="",
    summary_ja="月の通話の件数。",
    assets=("fct_calls",),
    value=lambda: CallCount,
    read=read,
    corrections=corrections,
    renderings={"pdf": lambda: render},
    headline=lambda value: (("通話", value.calls),),
)
TERMS = """
[[deliverables]]
kind = "call_count"
title = "月次件数"
due = "first_business_day_of_next_month"
made_at = 06:00:00
recipient = "高齢福祉課高齢福祉係"
formats = ["pdf"]

"""


def contract(folder: Path, terms: str = TERMS) -> Path:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    path = folder / "contract.toml"
    path.write_text(text.replace("[retention]", f"{terms}[retention]", 1), "utf-8")
    return path


@pytest.fixture
def settings(
    finished_home: HomeOnTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A copy of the finished home whose contract owes a second paper."""
    monkeypatch.setitem(KINDS.known, "call_count", MONTHLY)
    for name in ("home", "home-keys", "pbx"):
        shutil.copytree(finished_home.root / name, tmp_path / name)
    before = dict(os.environ)
    yield read_settings(contract(tmp_path), tmp_path / "home", tmp_path / "pbx", environment={})
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.slow
def test_it_is_issued_registered_corrected_and_shown_like_the_first(settings: Settings) -> None:
    folder = settings.home_root / "outbox" / "call_count" / "2023-11"
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as workplace:
        asked = [
            (p.owed.kind.kind, p.period.key, p.period.due_date.isoformat())
            for p in papers_to_judge(workplace)
        ]
        assert ("call_count", "2023-11", "2023-12-01") in asked
        run(workplace)
        assert papers_to_judge(workplace) == []
        (november,) = [p for p in workplace.journal.papers if p.kind == "call_count"]
        assert november.is_written
        assert november.title == "月次件数 2023-11"
    paper = folder / "月次件数_2023-11.pdf"
    calls = int(paper.read_text().split()[2].removesuffix("件"))
    assert calls > 60

    late = next((settings.home_root / "landing" / "cel").glob("*-*.parquet"))
    for kind in ("cel", "cdr", "queue_log"):
        for path in (settings.home_root / "landing" / kind).glob("*-*.parquet"):
            path.unlink()
    assert not late.exists()
    shutil.rmtree(settings.pbx.root / "cel-custom")
    shutil.rmtree(settings.pbx.root / "cdr-csv")
    shutil.rmtree(settings.pbx.root / "cdr-custom")
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as workplace:
        run(workplace)
        first, second = editions(workplace.engine, "call_count", "2023-11")
        assert (first.edition, second.edition) == (1, 2)
    again = folder / "月次件数_2023-11_r2.pdf"
    assert int(again.read_text().split()[2].removesuffix("件")) < calls
    assert again.read_text().endswith(" 1"), "one correction"
    assert paper.exists(), "what was delivered stays"

    paper.unlink()
    with open_workplace(settings, as_of=parse_as_of(AS_OF)) as workplace:
        run(workplace)
        assert [t.name for t in workplace.journal.touched] == [paper.name]
    assert paper.exists()


def test_dagster_shows_it_with_its_months_job_and_schedule(settings: Settings) -> None:
    definitions = build_definitions(settings)
    node = definitions.resolve_asset_graph().get(dg.AssetKey(["deliverables", "call_count_report"]))
    partitions = node.partitions_def
    assert partitions is not None
    assert partitions.get_partition_keys() == ["2023-11-01"], "December is not over"
    assert definitions.resolve_job_def("call_count_report")
    assert definitions.resolve_schedule_def("call_count_report_when_due").cron_schedule == (
        "0 6 * * *"
    )


def test_it_is_due_on_the_first_working_day_after_its_month(settings: Settings) -> None:
    with open_workplace(settings, as_of=parse_as_of("2024-01-04T06:00")) as workplace:
        due = [p.period for p in due_papers(workplace) if p.owed.kind.kind == "call_count"]
    assert [(p.key, p.first_day.day, p.due_date.isoformat()) for p in due] == [
        ("2023-11", 20, "2023-12-01"),
        ("2023-12", 1, "2024-01-04"),
    ]


@pytest.mark.parametrize(
    ("is_known", "terms", "told"),
    [
        (False, TERMS, "no such paper is known: write one of weekly"),
        (
            True,
            TERMS.replace("of_next_month", "of_next_week"),
            "call_count goes by the week, the paper by the month: write first_business_day_of_next_month",
        ),
        (True, TERMS.replace("first_business_day_of_next_month", "soon"), "deliverables.5.due"),
    ],
)
def test_what_cannot_be_made_or_due_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_known: bool, terms: str, told: str
) -> None:
    if is_known:
        monkeypatch.setitem(KINDS.known, "call_count", MONTHLY)
    with pytest.raises(ContractInvalid) as refused:
        read_settings(contract(tmp_path, terms), tmp_path / "home", environment={})
    assert told in str(refused.value)


def test_a_contract_without_papers_is_one_message(tmp_path: Path) -> None:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    head, rest = text.split("[[deliverables]]", 1)
    path = tmp_path / "contract.toml"
    path.write_text(
        f"deliverables = []\n{head}[retention]{rest.split('[retention]', 1)[1]}", "utf-8"
    )
    with pytest.raises(ContractInvalid) as refused:
        read_settings(path, tmp_path / "home", environment={})
    assert "deliverables" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 2
