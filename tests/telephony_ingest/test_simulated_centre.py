"""The simulated centre: believable days, one seed one text, and a killed simulation goes on."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulation.exchange.centre import Centre, LivedDay, days_between
from simulation.exchange.day import live_day
from simulation.exchange.files import SimulatedPbx, talk_seconds
from simulation.exchange.lives import EndedBy, InboundCall, OutboundCall, Ring

TOKYO = ZoneInfo("Asia/Tokyo")

DAYS = [day for day in days_between(date(2023, 11, 20), date(2023, 12, 8)) if day.weekday() < 5]
QUIET = Centre(calls_per_day=12.0, calls_after_hours=2.0)


@pytest.fixture(scope="module")
def lived() -> list[LivedDay]:
    return [live_day(random.Random(str(day)), Centre(), day, is_open=True) for day in DAYS]


def most_at_once(spans: list[tuple[float, float]]) -> int:
    """How many spans overlap at most; one that ends where another begins does not."""
    changes = sorted([(b, 1) for b, _ in spans] + [(e, -1) for _, e in spans])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def test_never_more_calls_than_lines(lived: list[LivedDay]) -> None:
    most = [
        most_at_once(
            [
                (c.arrived if isinstance(c, InboundCall) else c.began, c.ended)
                for c in day.calls
                if not (isinstance(c, InboundCall) and (c.is_lines_busy or c.is_closed))
            ]
        )
        for day in lived
    ]
    assert max(most) == Centre().lines


def test_an_operator_has_one_call_at_a_time(lived: list[LivedDay]) -> None:
    for day in lived:
        for name in Centre().operators:
            spans = []
            for call in day.calls:
                if isinstance(call, OutboundCall):
                    spans += [(call.began, call.ended)] if call.operator == name else []
                    continue
                for ring in call.attempts:
                    is_talk = ring.result is Ring.ANSWERED
                    until = call.transfer.at if call.transfer else call.ended
                    until = call.consultation.joined if call.consultation else until
                    if ring.operator == name:
                        spans.append((ring.began, until if is_talk else ring.ended))
            assert most_at_once(spans) <= 1


def test_a_caller_is_rung_for_by_one_telephone_at_a_time(lived: list[LivedDay]) -> None:
    for call in (c for day in lived for c in day.calls if isinstance(c, InboundCall)):
        assert call.arrived < call.ended
        assert most_at_once([(a.began, a.ended) for a in call.attempts]) <= 1
        assert sum(a.result is Ring.ANSWERED for a in call.attempts) <= 1
        assert all(call.queued is not None and call.queued <= a.began for a in call.attempts)


def test_days_look_like_a_centre_at_its_limit(lived: list[LivedDay]) -> None:
    classes = Counter(call.outcome for day in lived for call in day.calls)
    answered = classes["answered", None] / len(lived)
    assert 50 <= answered <= 90, "three operators, about 15 minutes each with after-call work"
    must_occur = {
        ("abandoned", "waiting"), ("abandoned", "ringing"), ("abandoned_in_menu", None),
        ("message", None), ("overflow", "lines_busy"), ("overflow", "timeout"),
        ("after_hours", None), ("reached", None), ("not_reached", None), ("overflow", "no_staff"),
    }  # fmt: skip
    assert must_occur <= classes.keys()
    calls = [c for day in lived for c in day.calls if isinstance(c, InboundCall)]
    assert any(c.transfer for c in calls)
    assert {EndedBy.CALLER, EndedBy.OPERATOR, EndedBy.PBX} <= {c.ended_by for c in calls}
    talks = [t for c in calls if (t := talk_seconds(c)) is not None]
    assert 480 <= sum(talks) / len(talks) <= 720
    assert len({c.caller for c in calls}) > len(calls) / 3, "not a hundred people over and over"
    crowded = classes["overflow", "lines_busy"] / len(calls)
    assert 0.02 <= crowded <= 0.15, "every peak overflows"


def test_who_logs_on_logs_off_and_who_pauses_comes_back(lived: list[LivedDay]) -> None:
    for day in lived:
        for name in Centre().operators:
            acts = [act.act for act in day.acts if act.operator == name]
            assert acts in ([], ["log_on", "pause", "resume", "log_off"])


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


WRITTEN_DAYS = days_between(date(2023, 11, 24), date(2023, 12, 4))


def write(folder: Path, days: list[date], seed: int = 7) -> None:
    pbx = SimulatedPbx(folder, seed=seed, centre=QUIET)
    for day in days:
        if pbx.last_day is None or day > pbx.last_day:
            pbx.live(day, is_open=day.weekday() < 5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "pbx"
    write(folder, WRITTEN_DAYS)
    return folder


def test_one_seed_writes_the_same_bytes_and_another_does_not(whole: Path, tmp_path: Path) -> None:
    write(tmp_path / "same", WRITTEN_DAYS)
    write(tmp_path / "other", WRITTEN_DAYS, seed=8)
    assert digests(tmp_path / "same") == digests(whole)
    assert digests(tmp_path / "other") != digests(whole)


class Killed(BaseException):
    """A process that ends at this very place."""


STEPS = ("_rotate", "_append", "_sound", "_tell_truth", "_remember")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_killed_simulation_ends_in_the_same_bytes(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, before: bool
) -> None:
    """Killed on the Sunday of the second rotation, before or after one step of that day."""
    folder, sunday = tmp_path / "pbx", date(2023, 12, 3)
    write(folder, [day for day in WRITTEN_DAYS if day < sunday])
    real = getattr(SimulatedPbx, step)

    def killed(self: SimulatedPbx, *words: object) -> None:
        if not before:
            real(self, *words)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(SimulatedPbx, step, killed)
        write(folder, [sunday])
    write(folder, WRITTEN_DAYS)
    assert digests(folder) == digests(whole)


def test_half_a_line_and_half_a_rotation_are_undone(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pbx"
    write(folder, [day for day in WRITTEN_DAYS if day < date(2023, 12, 3)])
    (folder / "queue_log.0").rename(folder / "queue_log.1")
    with (folder / "cdr-custom" / "Keiro.csv").open("a") as file:
        file.write('"2023-12-03 10:0')
    write(folder, WRITTEN_DAYS)
    assert digests(folder) == digests(whole)


def test_a_day_is_written_once(tmp_path: Path) -> None:
    pbx = SimulatedPbx(tmp_path / "pbx", centre=QUIET)
    pbx.live(WRITTEN_DAYS[0], is_open=True)
    with pytest.raises(ValueError, match="written already"):
        pbx.live(WRITTEN_DAYS[0], is_open=True)


def test_ids_and_channel_names_begin_again_at_a_restart(whole: Path) -> None:
    lines = (whole / "truth.csv").read_text().splitlines()[1:]
    numbers = [int(line.split(",")[0].split(".")[1]) for line in lines]
    assert numbers.count(0) == 3, "the first day, the restart in mid-call, that of 1 December"
    ids = [line.split(",")[0] for line in lines]
    assert len(set(ids)) == len(ids)


def test_a_restart_ends_what_goes_on_and_nothing_that_no_record_is_known_of() -> None:
    """Conversations and menus end in that second; nobody arrives until the PBX is back; the staff stay."""
    day = date(2023, 12, 15)
    after = datetime.combine(day, time(11), TOKYO).timestamp()
    lived = live_day(random.Random(4), Centre(), day, is_open=True, restart_after=after)
    assert lived.restarted_at is not None
    cut = [life for life in lived.calls if life.ended_by is EndedBy.RESTART]
    at = lived.restarted_at - 2
    assert {life.ended for life in cut} == {at}
    assert {"interrupted"} <= {life.outcome[0] for life in cut} <= {"interrupted", "answered"}
    for life in lived.calls:
        began = life.arrived if isinstance(life, InboundCall) else life.began
        assert not at < began < at + 25
        assert life in cut or not began < at < life.ended
    again = live_day(random.Random(4), Centre(), day, is_open=True)
    assert [act for act in again.acts if act.at < at] == [act for act in lived.acts if act.at < at]
