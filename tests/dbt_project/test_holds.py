"""How long calls were on hold: the recorded stream of the manager interface, whole and cut at many events, against the truth.

The truth's programme held each call of the scenario `hold_unhold` once. Apart from the models, a hold is told here by what the
exchange wrote of its own music: an operator's telephone that holds makes the exchange play music to the other channel.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from application.warehouse.build import build
from tests.conftest import SAMPLES
from tests.homes import HomeOnTrial
from tests.support.heard_stream import landed, stream, write_down
from tests.telephony_ingest.manager_stream import blocks, pairs

pytestmark = pytest.mark.slow

MODELS = "stg_pbx__manager_events int_calls__holds fct_calls"
with (SAMPLES / "truth.csv").open(encoding="utf-8") as _file:
    TRUTH = {row["linkedid"]: row for row in csv.DictReader(_file)}


def built(tmp_path: Path, finished_home: HomeOnTrial) -> duckdb.DuckDBPyConnection:
    """The warehouse of that home."""
    home = landed(tmp_path, finished_home)
    build(home, {"as_of": "2023-12-25T18:00:00+09:00"}, select=MODELS)
    return duckdb.connect(str(home.warehouse), read_only=True)


def music() -> dict[str, list[float]]:
    """By call, for how long the exchange played music to the citizen while in a bridge with somebody: the oracle."""
    since: dict[str, float] = {}
    bridged: dict[str, str] = {}
    found: dict[str, list[float]] = defaultdict(list)
    for block in blocks():
        told = pairs(block)
        event, one = told.get("Event", ""), told.get("Uniqueid", "")
        if event == "BridgeEnter":
            bridged[one] = told["BridgeUniqueid"]
        elif event == "BridgeLeave":
            bridged.pop(one, None)
        if event == "MusicOnHoldStart" and one in bridged:
            since[one] = float(told["Timestamp"])
        elif event in ("MusicOnHoldStop", "BridgeLeave", "Hangup") and one in since:
            found[told["Linkedid"]].append(float(told["Timestamp"]) - since.pop(one))
    return found


def test_the_recorded_stream_gives_each_call_its_holds(
    tmp_path: Path, finished_home: HomeOnTrial
) -> None:
    write_down(tmp_path / "heard", set())
    with built(tmp_path, finished_home) as warehouse:
        rows = warehouse.execute(
            "select call_id, hold_seconds, talk_seconds from marts.fct_calls"
        ).fetchall()
    played = {call: sum(lengths) for call, lengths in music().items()}
    held = {call: hold for call, hold, _ in rows if hold}
    of_truth = {call for call, row in TRUTH.items() if row["scenario"] == "hold_unhold"}
    assert of_truth <= held.keys() and len(of_truth) == 6
    assert all(1.9 < held[call] < 2.1 for call in of_truth)
    assert held.keys() == {call for call in played if call in TRUTH}
    for call, seconds in held.items():
        if not TRUTH[call]["transferred_to"]:
            assert seconds == pytest.approx(played[call], abs=0.01), call
        else:  # the operator is gone, the music goes on until somebody else is there
            assert seconds < played[call] + 0.01, call
    for call, hold, talk in rows:
        assert hold is None if talk is None else hold is None or 0 <= hold <= talk, call
    talks = [hold for _, hold, talk in rows if talk is not None]
    assert len(talks) > 100 and talks.count(None) == 0


def segments() -> list[range]:
    """The places of each time that the exchange was up."""
    ends = [place for place, block in enumerate(stream()) if block.event == "Shutdown"]
    return [range(a, b) for a, b in pairwise([0, *ends, len(stream())])]


@cache
def calls_of_channels() -> dict[str, str]:
    """The oldest call that each channel was ever linked to."""
    found: dict[str, str] = {}
    for block in stream():
        for prefix in ("", "Dest"):
            one, call = block.get(f"{prefix}Uniqueid"), block.get(f"{prefix}Linkedid")
            if one and call:
                found[one] = min(call, found.get(one, call))
    return found


def calls_in(places: range) -> set[str]:
    """The calls that have a channel in the stream between these events."""
    began: set[str] = set()
    for place in places:
        if stream()[place].event == "Newchannel":
            began.add(calls_of_channels()[stream()[place].get("Uniqueid")])
    return began


def open_at(place: int, since: int) -> set[str]:
    """The calls of which a channel is there before this event and was not over."""
    there: set[str] = set()
    for block in stream()[since:place]:
        if block.event == "Newchannel":
            there.add(block.get("Uniqueid"))
        elif block.event == "Hangup":
            there.discard(block.get("Uniqueid"))
    return {calls_of_channels()[one] for one in there}


def test_a_stream_cut_anywhere_tells_the_same_or_nothing(
    tmp_path: Path, finished_home: HomeOnTrial
) -> None:
    """At every event about a hold and many others: each cut is an exchange of its own in one warehouse."""
    of_holds = [place for place, block in enumerate(stream()) if block.event in ("Hold", "Unhold")]
    near = {place + off for place in of_holds for off in range(-3, 5)}
    others = random.Random(7).sample(range(len(stream())), 60)
    cuts = {f"sys{number}": place for number, place in enumerate(sorted(near | set(others)))}
    for system, place in cuts.items():
        (segment,) = [one for one in segments() if place in one]
        write_down(tmp_path / "heard", {place}, system, segment)
    write_down(tmp_path / "heard", set(), "sys")
    with built(tmp_path, finished_home) as warehouse:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for call, seconds in warehouse.execute(
            "select call_id, hold_seconds from intermediate.int_calls__holds"
        ).fetchall():
            system, _, id_ = call.rpartition("-")
            found[system][id_] = seconds
    uncut, lost = found["sys"], 0
    assert len(uncut) > 150 and sum(1 for seconds in uncut.values() if seconds) >= 10
    for system, place in cuts.items():
        (segment,) = [one for one in segments() if place in one]
        is_open = open_at(place, segment.start)
        wanted = {call: uncut[call] for call in (calls_in(segment) & uncut.keys()) - is_open}
        assert found[system] == wanted, place
        lost += sum(1 for call in is_open if uncut.get(call))
    assert lost > 50
