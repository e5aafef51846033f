"""Sheets dropped into a folder: good rows land, the sheet goes, what is wrong comes back; a kill in between loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from application import inbox
from application.home.session import Workplace, open_workplace, read_settings
from application.inbox import RETURNED, WHY, take_inbox
from application.sheets import read_rows, write_rows
from compliance.errors import ContractInvalid, KeyUnavailable
from compliance.ground.acts import Actor
from compliance.inquiries import sheet
from compliance.inquiries.form import load_form
from compliance.inquiries.register import latest
from compliance.keys.keyring import Keyring
from orchestration.assets.inbox import inbox_sensor
from tests.homes import ROOT
from tests.support.inquiry_commands import GOOD

NOW = datetime(2024, 1, 24, 12, tzinfo=UTC)
OTHER = {**GOOD, sheet.CALL: "1706056200.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def workplace(tmp_path: Path, folder: Path) -> Iterator[Workplace]:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    contract = tmp_path / "contract.toml"
    contract.write_text(text.replace('inbox = ""', f'inbox = "{folder}"'), "utf-8")
    settings = read_settings(contract, tmp_path / "home", environment={})
    with open_workplace(settings, as_of=NOW) as workplace:
        yield workplace


def calls(workplace: Workplace) -> list[str]:
    return sorted(kept.inquiry.call_id for kept in latest(workplace.engine))


def test_what_is_dropped_is_taken_in_and_goes(workplace: Workplace, folder: Path) -> None:
    write_rows(folder / "a.xlsx", sheet.HEADINGS, [GOOD, {**OTHER, sheet.SUMMARY: ""}])
    write_rows(folder / "b.csv", sheet.HEADINGS, [GOOD])
    (folder / "half.xlsx").write_bytes((folder / "a.xlsx").read_bytes()[:900])
    (folder / "~$a.xlsx").write_bytes(b"")
    (folder / "link.csv").symlink_to(folder / "b.csv")
    taken = take_inbox(workplace)
    assert (taken.sheets, taken.new, taken.unchanged, taken.refused, taken.unreadable) == (2, 1, 1, 1, 1)  # fmt: skip
    assert calls(workplace) == [GOOD[sheet.CALL]]
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    half = f"{RETURNED}/half_{RETURNED}.xlsx"
    assert left == ["link.csv", "~$a.xlsx", f"{RETURNED}/a_{RETURNED}.xlsx", half, f"{half}_{WHY}.txt"]  # fmt: skip
    (back,) = read_rows(folder / RETURNED / f"a_{RETURNED}.xlsx", (sheet.REASON,))
    assert "要旨" in back[sheet.REASON]
    assert take_inbox(workplace) == inbox.TakenSheets()


def test_a_sheet_of_nobody_s_rewrites_no_record_that_somebody_entered(
    workplace: Workplace, folder: Path
) -> None:
    ring, form = Keyring.open(workplace.home), load_form(workplace.settings.contract.form_file)
    sheet.take_in(workplace.engine, ring, form, Actor("op1", NOW), [GOOD])
    changed = {**GOOD, sheet.COMPLAINT: "", sheet.SUMMARY: "要件は済んだとのこと。"}
    write_rows(folder / "a.csv", sheet.HEADINGS, [changed, OTHER])
    taken = take_inbox(workplace)
    assert (taken.new, taken.corrected, taken.refused) == (1, 0, 1)
    (back,) = read_rows(folder / RETURNED / f"a_{RETURNED}.csv", (sheet.REASON,))
    assert "自分の記録だけ" in back[sheet.REASON]
    assert {kept.revision for kept in latest(workplace.engine)} == {1}


def test_without_its_keys_a_sheet_stays_where_it_lies(workplace: Workplace, folder: Path) -> None:
    Keyring.open(workplace.home)
    (secret,) = workplace.home.keys.glob("epoch-*.secret")
    secret.rename(folder.parent / "elsewhere")
    write_rows(folder / "a.csv", sheet.HEADINGS, [GOOD, OTHER])
    with pytest.raises(KeyUnavailable, match="epoch"):
        take_inbox(workplace)
    assert calls(workplace) == [] and (folder / "a.csv").is_file()
    (folder.parent / "elsewhere").rename(secret)
    assert take_inbox(workplace).new == 2


def test_killed_before_the_sheet_goes_it_is_taken_in_once(
    workplace: Workplace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows(folder / "a.csv", sheet.HEADINGS, [GOOD, OTHER])

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inbox, "remove_durably", killed)
    with pytest.raises(KeyboardInterrupt):
        take_inbox(workplace)
    monkeypatch.undo()
    assert take_inbox(workplace).unchanged == 2
    assert calls(workplace) == [GOOD[sheet.CALL], OTHER[sheet.CALL]]
    assert {kept.revision for kept in latest(workplace.engine)} == {1}


def test_what_went_back_before_is_not_overwritten(workplace: Workplace, folder: Path) -> None:
    for words in ("", "\u202e"):
        write_rows(folder / "a.csv", sheet.HEADINGS, [{**GOOD, sheet.SUMMARY: words}])
        take_inbox(workplace)
    (folder / "a.csv").write_text("何か\n")
    take_inbox(workplace)
    back = sorted(path.name for path in (folder / RETURNED).iterdir())
    third = f"a_{RETURNED}_3.csv"
    assert back == [f"a_{RETURNED}.csv", f"a_{RETURNED}_2.csv", third, f"{third}_{WHY}.txt"]
    (first,) = read_rows(folder / RETURNED / back[0], (sheet.REASON,))
    assert "要旨を入力" in first[sheet.REASON]


def test_the_sensor_asks_once_for_what_lies_there(workplace: Workplace, folder: Path) -> None:
    sensor: Any = inbox_sensor(workplace.settings, is_running=False, is_simulated=True)
    assert isinstance(sensor(dg.build_sensor_context()), dg.SkipReason)
    write_rows(folder / "a.csv", sheet.HEADINGS, [GOOD])
    first, second = (sensor(dg.build_sensor_context()) for _ in range(2))
    assert isinstance(first, dg.RunRequest) and first.run_key == second.run_key
    fresh: Any = inbox_sensor(workplace.settings, is_running=False, is_simulated=False)
    assert isinstance(fresh(dg.build_sensor_context()), dg.SkipReason), "it may still be written"


def test_a_folder_that_depends_on_where_one_stands_is_no_inbox(tmp_path: Path) -> None:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    contract = tmp_path / "contract.toml"
    contract.write_text(text.replace('inbox = ""', 'inbox = "inbox"'), "utf-8")
    with pytest.raises(ContractInvalid, match="absolute"):
        read_settings(contract, tmp_path / "home", environment={})
