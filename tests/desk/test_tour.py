"""The guided tour: every page that it sends somebody to is there for that role, in their menu, and answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from application.call_log import CallLog
from compliance.people.rights import Role
from tests.desk.conftest import Desk
from tests.homes import ROOT
from tests.support.desk_board import BOARD
from tests.support.desk_calls import FakeLog
from tests.support.desk_custody import CUSTODY
from tests.support.desk_shelf import FakeShelf
from tests.support.desk_sounds import FakeVault

TOUR = Path(ROOT / "docs" / "tour.md").read_text("utf-8")
ROLES = {
    "op1": Role.OPERATOR, "sv1": Role.SUPERVISOR, "mg1": Role.MANAGER, "pm1": Role.OFFICER, "cp1": Role.CHIEF_OFFICER,
    "ad1": Role.ADMINISTRATOR, "ct1": Role.CITY_VIEWER,
}  # fmt: skip


def steps() -> list[tuple[str, str]]:
    """Who is sent where, in the order of the tour."""
    found = []
    for part in re.split(r"^## ", TOUR, flags=re.MULTILINE)[1:]:
        people = re.findall(r"（(\w+)）", part.splitlines()[0])
        paths = re.findall(r"^\| .*?`(/[\w-]+)` \|", part, flags=re.MULTILINE)
        found += [(who, path) for who in people for path in paths]
    return found


def test_everybody_has_a_part_of_it() -> None:
    assert {who for who, _ in steps()} == ROLES.keys()
    assert min(sum(one == who for one, _ in steps()) for who in ROLES) >= 3


@pytest.mark.parametrize(("who", "path"), steps())
def test_a_step_is_in_the_menu_and_opens(desk: Desk, who: str, path: str) -> None:
    log = FakeLog()
    desk.board, desk.sounds = BOARD, FakeVault().as_sounds(desk)
    desk.custody = CUSTODY
    desk.call_log, desk.shelf = CallLog(log.days, log.of_day, log.one), FakeShelf().as_shelf()
    if who not in ("op1", "sv1", "ad1"):  # they are at this desk already
        desk.add(who, ROLES[who])
    browser = desk.entered(who)
    assert f'<a href="{path}"' in browser.get("/").text
    if path != "/proposals":  # asks a founded home, in `test_proposals`
        assert browser.get(path).status == 200
