"""A whole contract with everything that moves a paper: late lines, hours that change, a definition, an extension; every edition
that arises is named here with its reason, and a run without news makes none."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from reporting.kinds import KINDS
from tests.homes import ROOT, HomeOnTrial

LATE_CALLS = ("1701736717.43", "1702426810.109")
"""A call of 2023-12-05 and one of 2023-12-13, whose lines come in January."""
HOURS = ("closes_at = 18:00:00", "closes_at = 17:00:00")
EXTENSION = ("end_date = 2024-02-29", "end_date = 2024-03-15")
DEFINITION = (
    "[retention]",
    '[[definitions]]\nname = "overflow_rate"\nversion = "2"\nvalid_from = 2024-01-15\ntitle = "あふれ率"\n'
    'formula = "別の算出方法"\nnumerator = ["overflow"]\ndenominator = ["answered", "overflow"]\n\n[retention]',
)
LATE, SOURCES = "提出後に届いた記録による", "取込み元の状態・確認結果が変わったため"
REDEFINED, TERMS_TOO = "用語の定義の変更による", "（契約の設定（contract.toml）の変更を含む）"
WEEKS = [str(date(2023, 11, 20) + timedelta(weeks=week)) for week in range(17)]
"""The Mondays of the contract with its extension: 2023-11-20 to 2024-03-11."""
Edition = tuple[str, str, int]


def held_back(pbx: Path, call_id: str) -> dict[Path, str]:
    """Every line of a call, taken out of the logs, by the log that it comes back into."""
    late: dict[Path, str] = {}
    for name, mark in (
        ("cdr-custom/Keiro.csv", f'"{call_id}"'),
        ("cdr-csv/Master.csv", f'"{call_id}"'),
        ("cel-custom/Keiro.csv", f'"{call_id}"'),
        ("queue_log.1", f"|{call_id}|"),
        ("queue_log", f"|{call_id}|"),
    ):
        path = pbx / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        into = pbx / "queue_log" if name == "queue_log.1" else path
        late[into] = late.get(into, "") + "".join(line for line in lines if mark in line)
        path.write_text("".join(line for line in lines if mark not in line), "utf-8")
    return late


def editions_of(home: HomeOnTrial) -> dict[Edition, set[str]]:
    """Every edition, with the reasons that its corrections give."""
    with sqlite3.connect(home.path / "operations.db") as connection:
        rows = connection.execute("select kind, period, edition, data_json from deliverables")
        return {
            (kind, period, edition): {one.reason for one in KINDS[kind].from_json(text).corrections}
            for kind, period, edition, text in rows
        }


@pytest.mark.slow
def test_every_edition_of_a_contract_has_its_reason(new_home: HomeOnTrial) -> None:
    contract = new_home.root / "contract.toml"
    contract.write_bytes((ROOT / "contracts/sapporo-2023/contract.toml").read_bytes())
    late = [held_back(new_home.pbx, call_id) for call_id in LATE_CALLS]
    known: dict[Edition, set[str]] = {}

    def change(was: str, becomes: str) -> None:
        text = contract.read_text("utf-8")
        assert text.count(was) == 1, was
        contract.write_text(text.replace(was, becomes), "utf-8")

    def live(moment: str) -> dict[Edition, set[str]]:
        """The run up to a moment, and a second one, which makes nothing; returns what is new."""
        found: list[dict[Edition, set[str]]] = []
        for _ in range(2):
            done = new_home.run(f"{moment}+09:00", "--config", str(contract))
            assert done.returncode in (0, 3), done.stderr
            now = editions_of(new_home)
            assert all(known[key] == now[key] for key in known), "what was made stays"
            found.append({key: reasons for key, reasons in now.items() if key not in known})
            known.update(now)
        new, again = found
        assert again == {}
        return new

    def arrive(lines: dict[Path, str]) -> None:
        for path, text in lines.items():
            with path.open("a", encoding="utf-8") as log:
                log.write(text)

    first = live("2024-01-10T06:00")
    assert not any(edition > 1 for *_, edition in first)
    assert [period for kind, period, _ in sorted(first) if kind == "weekly"] == WEEKS[:7]

    arrive(late[0])
    assert live("2024-01-11T06:00") == {("weekly", "2023-12-04", 2): {LATE, SOURCES}}

    change(*HOURS)
    assert live("2024-01-12T06:00") == {}, "nobody asked"

    arrive(late[1])
    new = live("2024-01-24T06:00")
    assert new == {
        ("weekly", "2023-12-11", 2): {f"{LATE}{TERMS_TOO}", f"{SOURCES}{TERMS_TOO}"},
        ("weekly", "2024-01-08", 1): set(),
        ("weekly", "2024-01-15", 1): set(),
    }, "the week after is moved by the hours alone, and nobody asked"

    change(*DEFINITION)
    assert live("2024-01-25T06:00") == {("weekly", "2024-01-15", 2): {REDEFINED}}

    change(*EXTENSION)
    new = live("2024-02-20T06:00") | live("2024-03-25T06:00")
    assert not any(edition > 1 for *_, edition in new)
    assert [period for kind, period, _ in sorted(new) if kind == "weekly"] == WEEKS[9:]
    assert [period for kind, period, _ in sorted(new) if kind == "completion"] == [
        "2024-01",
        "2024-02",
    ]
