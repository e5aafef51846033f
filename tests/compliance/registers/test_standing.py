"""What is in force today, as a table; what is refused says why, and the log says that it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from compliance.errors import NotInForce
from compliance.ground.acts import Action, Purpose, Result
from compliance.keys.keyring import Keyring
from compliance.registers.description import Register
from compliance.registers.entries import Draft, KeptEntry, save
from compliance.registers.handling import AREAS, DEVICES
from compliance.registers.standing import (
    SERVER,
    InForce,
    Lacking,
    LackingReason,
    area,
    area_of_kind,
    device,
    permit,
)
from compliance.vault.listening import export, listen
from compliance.vault.media import register_medium, registered_media
from tests.compliance.erasure.stage import Stage, recording_id, set_up

TODAY = date(2024, 1, 4)
YESTERDAY, TOMORROW = "2024-01-03", "2024-01-05"
NOW = TODAY.isoformat()


def entry(register: str, **values: str) -> KeptEntry:
    at = datetime(2023, 12, 1, tzinfo=UTC)
    return KeptEntry(register, "X-1", 1, "", values, at, "pm1", False)


def room(**changed: str) -> KeptEntry:
    values = {"name": "室", "place": "3階", "kind": SERVER, "starts_on": "2023-11-20", "reported_on": "2023-11-13"}  # fmt: skip
    return entry("areas", **{**values, **changed})


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, None),
        ({"starts_on": NOW, "reported_on": NOW, "ends_on": NOW}, None),
        ({"reported_on": "", "approved_on": "2023-11-13"}, None),
        ({"reported_on": TOMORROW, "approved_on": NOW}, None),
        ({"reported_on": ""}, LackingReason.NOT_REPORTED),
        ({"reported_on": TOMORROW}, LackingReason.NOT_REPORTED),
        ({"starts_on": TOMORROW}, LackingReason.NOT_BEGUN),
        ({"ends_on": YESTERDAY}, LackingReason.ENDED),
        ({"ends_on": YESTERDAY, "reported_on": ""}, LackingReason.NOT_REPORTED),
    ],
)
def test_an_area_counts_once_told_begun_and_not_ended(
    changed: dict[str, str], wanted: LackingReason | None
) -> None:
    for found in (area(room(**changed), TODAY), area_of_kind([room(**changed)], SERVER, TODAY)):
        assert (found.reason if isinstance(found, Lacking) else None) is wanted
        if isinstance(found, Lacking):
            assert "取扱区域台帳" in found.text_ja and "registers add areas" in found.text_ja


def test_of_several_areas_one_is_enough_and_an_empty_register_refuses_nothing() -> None:
    ended, good = room(ends_on=YESTERDAY), room(ends_on="2024-03-31")
    assert area_of_kind([ended, good], SERVER, TODAY) == InForce(good, date(2024, 3, 31))
    assert area_of_kind([good, room()], SERVER, TODAY) == InForce(room(), None)
    assert area_of_kind([], SERVER, TODAY) == InForce()
    found = area_of_kind([room(kind="work")], SERVER, TODAY)
    assert isinstance(found, Lacking) and found.reason is LackingReason.MISSING
    assert found.what == "取扱区域台帳に、サーバ等の区域がありません。"


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, None),
        ({"expires_on": NOW}, None),
        ({"expires_on": YESTERDAY}, LackingReason.ENDED),
        ({"permitted_on": TOMORROW}, LackingReason.NOT_BEGUN),
        ({"kind": "server"}, LackingReason.MISSING),
        ({"target": "別"}, LackingReason.MISSING),
    ],
)
def test_a_permit_counts_from_the_citys_day_to_its_expiry(
    changed: dict[str, str], wanted: LackingReason | None
) -> None:
    values = {"kind": "network", "target": "提出用", "permitted_on": NOW, **changed}
    found = permit([entry("permits", **values)], "network", "提出用", TODAY)
    assert (found.reason if isinstance(found, Lacking) else None) is wanted
    assert isinstance(permit([], "network", "提出用", TODAY), Lacking), "a permit is always needed"


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, None),
        ({"serial": "S-2"}, LackingReason.MISSING),
        ({"ends_on": YESTERDAY}, LackingReason.ENDED),
        ({"starts_on": TOMORROW}, LackingReason.NOT_BEGUN),
    ],
)
def test_a_device_counts_while_it_is_in_use(
    changed: dict[str, str], wanted: LackingReason | None
) -> None:
    held = entry("devices", **{"serial": "S-1", "starts_on": NOW, **changed})
    found = device([held], "S-1", TODAY)
    assert (found.reason if isinstance(found, Lacking) else None) is wanted
    assert device([], "S-1", TODAY) == InForce()


@pytest.mark.parametrize(("days", "left"), [(0, 0), (1, 1), (30, 30), (31, None)])
def test_an_end_is_told_thirty_days_ahead(days: int, left: int | None) -> None:
    found = area(room(ends_on=(TODAY + timedelta(days)).isoformat()), TODAY)
    assert isinstance(found, InForce) and found.days_left(TODAY) == left
    assert InForce().days_left(TODAY) is None


# ---- what hangs on them


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_up(tmp_path)


def note(stage: Stage, register: Register, **values: str) -> None:
    save(stage.engine, Keyring.open(stage.home), register, stage.actor("pm1"), [Draft("", values)])


def test_a_recording_leaves_only_from_an_area_in_force(stage: Stage, tmp_path: Path) -> None:
    def leave(name: str) -> None:
        export(
            stage.engine, stage.home, stage.actor("pm1"), recording_id(4), Purpose.COMPLAINT,
            tmp_path / name,
        )  # fmt: skip

    leave("before.zip")
    room_of = {"name": "サーバ室", "place": "3階", "kind": SERVER, "starts_on": "2023-11-13"}
    note(stage, AREAS, **room_of)
    with pytest.raises(NotInForce, match="報告日又は承認日がありません"):
        leave("untold.zip")
    assert not (tmp_path / "untold.zip").exists()
    assert stage.noted(Action.RIGHT_USED, Result.REFUSED) == 1
    assert b"".join(
        listen(stage.engine, stage.home, stage.actor("pm1"), recording_id(4), Purpose.COMPLAINT)
    ), "hearing one here is no matter of the area"
    note(stage, AREAS, **room_of, reported_on="2023-11-13")
    leave("told.zip")
    note(stage, AREAS, **room_of, reported_on="2023-11-13", ends_on="2024-01-24")
    with pytest.raises(NotInForce, match="使用終了日を過ぎています"):
        leave("ended.zip")


def test_a_medium_stands_among_the_devices_once_there_are_any(stage: Stage, tmp_path: Path) -> None:
    def enter(name: str, serial: str) -> None:
        (tmp_path / name).mkdir(exist_ok=True)
        register_medium(stage.engine, stage.actor("ad1"), name, serial, "金庫", tmp_path / name)

    enter("m-free", "S-free")
    note(stage, DEVICES, name="媒体1", kind="medium", serial="S-1", place="庫", is_encrypted="yes", starts_on="2024-01-25")  # fmt: skip
    with pytest.raises(NotInForce, match="製造番号「S-2」がありません"):
        enter("m-2", "S-2")
    assert not list((tmp_path / "m-2").iterdir()), "no marker was put on it"
    enter("m-1", " S-1 ")
    assert {"m-free", "m-1"} < {one.medium_id for one in registered_media(stage.engine)}
