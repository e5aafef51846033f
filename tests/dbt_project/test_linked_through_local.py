"""A contact that the exchange began itself through a Local channel whose two halves bear two linked ids: one call, with its operator.

Each call has the lines of CEL (and of queue_log, where a queue took part) that an originate writes. All persons are invented.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.homes import HomeOnTrial
from tests.support.lived_exchange import CITIZEN, LOCAL, TRUNK, Exchange

pytestmark = pytest.mark.slow

PHONE = "PJSIP/op1"
NEAR, FAR, OWN, LINE = 1, 2, 3, 4
"""The channels of a call by their number: the halves `;1` and `;2`, the operator's phone, the citizen's line."""


def halves(site: Exchange) -> str:
    """The two halves begin in one moment, each under an id of its own; the far one dials the citizen. Gives its id."""
    far = site.unique(FAR)
    site.event(0, "CHAN_START", LOCAL, NEAR)
    site.event(0, "CHAN_START", LOCAL, FAR, linked=far)
    site.event(1, "APP_START", LOCAL, FAR, app="Dial", linked=far)
    site.event(1, "CHAN_START", TRUNK, LINE, linked=far)
    return far


def enters(site: Exchange, moment: float, channel: str, n: int, bridge: int, far: str = "") -> None:
    site.event(moment, "BRIDGE_ENTER", channel, n, bridge=bridge, linked=far)


def leaves(site: Exchange, moment: float, channel: str, n: int, bridge: int, far: str = "") -> None:
    site.event(moment, "BRIDGE_EXIT", channel, n, bridge=bridge, linked=far)
    site.event(moment, "HANGUP", channel, n, linked=far)


def two_bridges(site: Exchange) -> str:
    """The halves stay: the citizen's line is in one bridge, the operator's phone in the other."""
    far = halves(site)
    site.event(5, "CHAN_START", PHONE, OWN)
    for moment, write in ((10, enters), (70, leaves)):
        write(site, moment, TRUNK, LINE, 1, far)
        write(site, moment, LOCAL, FAR, 1, far)
        write(site, moment, LOCAL, NEAR, 2)
        write(site, moment, PHONE, OWN, 2)
    return far


def optimised(site: Exchange) -> str:
    """The halves give way (LOCAL_OPTIMIZE): the operator's phone enters the citizen's bridge."""
    far = halves(site)
    site.event(5, "CHAN_START", PHONE, OWN)
    enters(site, 10, TRUNK, LINE, 1, far)
    enters(site, 10, LOCAL, FAR, 1, far)
    enters(site, 10, LOCAL, NEAR, 2)
    enters(site, 10, PHONE, OWN, 2)
    site.event(11, "LOCAL_OPTIMIZE", LOCAL, NEAR, extra=f'{{"local_two_id":"{site.unique(FAR)}"}}')
    site.event(11, "BRIDGE_EXIT", PHONE, OWN, bridge=2)
    leaves(site, 11, LOCAL, NEAR, 2)
    leaves(site, 11, LOCAL, FAR, 1, far)
    enters(site, 11, PHONE, OWN, 1)
    leaves(site, 70, TRUNK, LINE, 1, far)
    leaves(site, 70, PHONE, OWN, 1)
    return far


def through_a_queue(site: Exchange) -> str:
    """The near half waits in a queue as if it were the citizen."""
    site.queue(5, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(10, "CONNECT", 5, site.unique(OWN), 4, agent="op1")
    site.queue(70, "COMPLETECALLER", 5, 60, 1, agent="op1")
    return two_bridges(site)


def in_vain(site: Exchange) -> str:
    """The citizen does not answer."""
    far = halves(site)
    for channel, n, linked in ((TRUNK, LINE, far), (LOCAL, FAR, far), (LOCAL, NEAR, "")):
        site.event(20, "HANGUP", channel, n, linked=linked)
    return far


SHAPES = {shape.__name__: shape for shape in (two_bridges, optimised, through_a_queue, in_vain)}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """By shape: its calls (direction, outcome, first operator, talk), its legs, and what is no call."""
    folder: Path = tmp_path_factory.mktemp("local")
    site, shapes = Exchange(), {}
    for name, shape in SHAPES.items():
        site.begin(name)
        shapes[name] = (site.call, shape(site))
    site.write(folder / "pbx")
    home = HomeOnTrial(folder, folder / "pbx")
    done = home.run("2023-11-21T06:30+09:00")
    assert done.returncode in (0, 3), done.stderr[-2000:]
    queries = {
        "calls": "select direction, outcome, first_operator, talk_seconds from marts.fct_calls where call_id in (?, ?)",
        "legs": "select operator, talk_seconds from marts.fct_operator_legs where call_id in (?, ?)",
        "others": "select reason from marts.fct_non_calls where linked_id in (?, ?)",
    }
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        return {
            name: {what: connection.execute(sql, ids).fetchall() for what, sql in queries.items()}
            for name, ids in shapes.items()
        }


@pytest.mark.parametrize("shape", ["two_bridges", "optimised", "through_a_queue"])
def test_a_contact_under_two_linked_ids_is_one_call_of_the_operator_who_talked(
    found: dict[str, dict[str, Any]], shape: str
) -> None:
    assert found[shape]["calls"] == [("outbound", "reached", "op1", 60.0)]
    assert found[shape]["others"] == [("internal",)]


def test_one_that_nobody_answered_is_one_call_too(found: dict[str, dict[str, Any]]) -> None:
    assert found["in_vain"]["calls"] == [("outbound", "not_reached", None, None)]
    assert found["in_vain"]["others"] == [("internal",)]


def test_the_operator_has_one_leg_of_it(found: dict[str, dict[str, Any]]) -> None:
    assert {shape: [who for who, _ in one["legs"]] for shape, one in found.items()} == {
        **{name: ["op1"] for name in SHAPES if name != "in_vain"},
        "in_vain": [],
    }
