"""Nothing leaves before the manager confirmed it; what leaves is whole, once, and the same however often it is repeated."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from application import confirming, handing_over
from application.handing_over import PaperState, edition_of, hand_over, state_of
from compliance.deliverables.handed_over import deliveries_of, record_receipt
from compliance.deliverables.register import confirm, editions
from compliance.errors import EntryRefused, HomeDamaged
from compliance.ground.acts import Actor
from reporting.errors import DeliveryRefused
from tests.support.complaint_desk import CASE, OTHER, Desk, contract, desk

__all__ = ["contract", "desk"]
MANAGER = Actor("mg1", datetime(2024, 1, 4, 1, tzinfo=UTC))
KIND, PERIOD = "complaints", "2023-12-28"


def over(desk: Desk, medium: Path) -> list[Path]:
    paper = edition_of(desk.engine, KIND, PERIOD)
    return hand_over(desk.engine, desk.home, MANAGER, paper, medium, "媒体")


def confirmed(desk: Desk) -> bool:
    return confirming.confirmed(
        desk.engine, desk.home, MANAGER, edition_of(desk.engine, KIND, PERIOD)
    )


def test_from_made_to_received(desk: Desk, tmp_path: Path) -> None:
    desk.enter(CASE)
    desk.issue()

    def state() -> PaperState:
        return state_of(desk.engine, edition_of(desk.engine, KIND, PERIOD))

    assert state() is PaperState.MADE
    with pytest.raises(EntryRefused, match="確認"):
        over(desk, tmp_path / "medium")
    assert not (tmp_path / "medium").exists()
    assert (confirmed(desk), confirmed(desk)) == (True, False)
    assert state() is PaperState.CONFIRMED
    with pytest.raises(EntryRefused, match="提出されていません"):
        record_receipt(
            desk.engine, MANAGER, edition_of(desk.engine, KIND, PERIOD), date(2024, 1, 4), ""
        )
    written = over(desk, tmp_path / "medium")
    assert over(desk, tmp_path / "medium") == written
    (noted,) = deliveries_of(desk.engine, KIND, PERIOD)
    manifest = (tmp_path / "medium" / KIND / PERIOD / "manifest.json").read_bytes()
    assert noted.manifest_sha256 == hashlib.sha256(manifest).hexdigest()
    for file in json.loads(manifest)["files"]:
        content = (tmp_path / "medium" / KIND / PERIOD / file["name"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert not file["name"].endswith(".sealed"), "the city opens it without us"
    assert state() is PaperState.DELIVERED
    for day in (date(2024, 1, 3), date(2024, 1, 5)):
        with pytest.raises(EntryRefused, match="日付"):
            record_receipt(desk.engine, MANAGER, edition_of(desk.engine, KIND, PERIOD), day, "")
    record_receipt(
        desk.engine, MANAGER, edition_of(desk.engine, KIND, PERIOD), date(2024, 1, 4), "第5号"
    )
    assert state() is PaperState.RECEIVED


def test_what_the_manager_confirmed_is_never_replaced(desk: Desk) -> None:
    """A paper made before its day is a draft until it is confirmed."""
    desk.now = datetime(2023, 12, 29, 6, tzinfo=UTC)
    desk.enter(CASE)
    desk.issue()
    desk.enter(OTHER)
    assert desk.issue().edition == 1, "a draft is replaced"
    seen = edition_of(desk.engine, KIND, PERIOD)
    desk.enter(replace(OTHER, call_id="1703727180.9"))
    desk.issue()
    with pytest.raises(EntryRefused, match="作り直され"):
        confirm(desk.engine, MANAGER, seen)
    seen = edition_of(desk.engine, KIND, PERIOD)
    assert confirm(desk.engine, MANAGER, seen)
    desk.enter(replace(OTHER, call_id="1703727120.9"))
    assert desk.issue().edition == 2
    with pytest.raises(EntryRefused, match="最新の版"):
        confirm(desk.engine, MANAGER, seen)
    first, second = editions(desk.engine, KIND, PERIOD)
    assert (first.confirmed_by, second.confirmed_by) == ("mg1", None)


def test_killed_between_two_files_no_half_file_lies_there_and_the_rest_follows(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.enter(CASE)
    desk.issue()
    confirmed(desk)
    medium, real = tmp_path / "medium", handing_over.write_durably
    for fails_at in (1, 2, 3):
        left = fails_at

        def write(path: Path, content: bytes) -> None:
            nonlocal left
            left -= 1
            if not left:
                path.with_name(f".{path.name}.half").write_bytes(content[:10])
                raise KeyboardInterrupt
            real(path, content)

        monkeypatch.setattr(handing_over, "write_durably", write)
        with pytest.raises(KeyboardInterrupt):
            over(desk, medium / str(fails_at))
        assert deliveries_of(desk.engine, KIND, PERIOD) == ()
        monkeypatch.setattr(handing_over, "write_durably", real)
        assert len(over(desk, medium / str(fails_at))) == 3
        (noted,) = deliveries_of(desk.engine, KIND, PERIOD)
        assert noted.delivered_by == "mg1"
        with desk.engine.begin() as connection:
            connection.exec_driver_sql("delete from deliveries")


def test_another_file_of_that_name_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    desk.enter(CASE)
    desk.issue()
    confirmed(desk)
    folder = tmp_path / KIND / PERIOD
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(DeliveryRefused, match="上書き"):
        over(desk, tmp_path)
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]


def test_a_touched_file_does_not_leave_the_house(desk: Desk, tmp_path: Path) -> None:
    desk.enter(CASE)
    issued = desk.issue()
    confirmed(desk)
    path = issued.folder / next(iter(issued.files))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(HomeDamaged):
        over(desk, tmp_path / "medium")
    assert deliveries_of(desk.engine, KIND, PERIOD) == ()
