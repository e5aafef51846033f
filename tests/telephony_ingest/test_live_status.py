"""The floor from the queue log as it grows: logged on, paused, talking, waiting, and what today came to."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony_ingest.asterisk.live import tail_of_log
from telephony_ingest.asterisk.live_status import (
    AtWork,
    Doing,
    LiveStatus,
    QueuedCall,
    WaitingCaller,
    live_status_of,
)

OPERATORS = {"op1": "op1", "PJSIP/op1": "op1", "op2": "op2", "PJSIP/op2": "op2"}
T = 1700000000


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(T + seconds, UTC)


def line(seconds: int, call: str, queue: str, agent: str, event: str, *data: str) -> str:
    return "|".join([str(T + seconds), call, queue, agent, event, *data])


def floor(*lines: str, opened: int = 0) -> LiveStatus:
    return live_status_of(lines, OPERATORS, at(opened))


ON = (line(0, "M", "survey", "op1", "ADDMEMBER"), line(1, "M", "opinion", "op1", "ADDMEMBER"))
CALL = line(10, "1.1", "survey", "NONE", "ENTERQUEUE", "", "0110000001", "1")
TAKEN = line(14, "1.1", "survey", "PJSIP/op1", "CONNECT", "4", "1.2", "3")


def test_who_is_logged_on_is_there_until_the_last_queue_is_left() -> None:
    assert floor(*ON).operators == (AtWork("op1", Doing.FREE, at(0)),)
    off = line(5, "M", "survey", "PJSIP/op1", "REMOVEMEMBER")
    assert floor(*ON, off).operators == (AtWork("op1", Doing.FREE, at(0)),)
    assert floor(*ON, off, line(6, "M", "opinion", "op1", "REMOVEMEMBER")).operators == ()
    assert floor(line(0, "M", "survey", "stranger", "ADDMEMBER")).operators == ()


@pytest.mark.parametrize(
    ("reason", "shown"), [("lunch", "lunch"), ("", ""), ("0110000001", ""), ("架空 花子", "")]
)
def test_a_pause_has_its_beginning_and_a_reason_that_names_nobody(reason: str, shown: str) -> None:
    pause = line(20, "NONE", "survey", "op1", "PAUSE", reason)
    again = line(21, "NONE", "opinion", "op1", "PAUSE", reason)
    assert floor(*ON, pause, again).operators == (AtWork("op1", Doing.PAUSED, at(20), shown),)
    back = line(30, "NONE", "survey", "op1", "UNPAUSE", "")
    assert floor(*ON, pause, back).operators[0].doing is Doing.FREE
    everywhere = line(20, "NONE", "NONE", "op1", "PAUSEALL", reason)
    assert floor(*ON, everywhere).operators == (AtWork("op1", Doing.PAUSED, at(20), shown),)
    assert floor(*ON, everywhere, line(30, "NONE", "NONE", "op1", "UNPAUSEALL")).operators == (
        AtWork("op1", Doing.FREE, at(0)),
    )


def test_who_logs_on_paused_is_paused() -> None:
    begun = line(0, "M", "survey", "op1", "ADDMEMBER", "PAUSED")
    assert floor(begun).operators == (AtWork("op1", Doing.PAUSED, at(0)),)


def test_a_caller_waits_until_somebody_answers_and_talks_until_the_end() -> None:
    assert floor(*ON, CALL).waiting == (WaitingCaller("1.1", "survey", at(10)),)
    talking = floor(*ON, CALL, TAKEN)
    assert talking.waiting == () and (talking.incoming, talking.answered) == (1, 1)
    assert talking.operators == (AtWork("op1", Doing.TALKING, at(14)),)
    done = floor(*ON, CALL, TAKEN, line(60, "1.1", "survey", "op1", "COMPLETECALLER", "4", "46", "1"))  # fmt: skip
    assert done.operators == (AtWork("op1", Doing.FREE, at(60)),)


def test_the_longest_wait_leads() -> None:
    later = line(12, "2.1", "opinion", "NONE", "ENTERQUEUE", "", "0110000002", "1")
    assert [one.call_id for one in floor(later, CALL).waiting] == ["1.1", "2.1"]


@pytest.mark.parametrize(
    ("event", "counts"),
    [("ABANDON", (1, 0, 0)), ("EXITWITHTIMEOUT", (0, 1, 0)), ("EXITEMPTY", (0, 1, 0)), ("EXITWITHKEY", (0, 0, 1))],
)  # fmt: skip
def test_a_caller_who_leaves_waits_no_more(event: str, counts: tuple[int, int, int]) -> None:
    found = floor(CALL, line(30, "1.1", "survey", "NONE", event, "1", "1", "20"))
    assert found.waiting == () and found.answered == 0 and found.incoming == 1
    assert (found.abandoned, found.overflow, found.mailbox) == counts


def test_a_transferred_call_came_once_and_stays_answered() -> None:
    handed = line(40, "1.1", "survey", "op1", "BLINDTRANSFER", "102", "internal", "4", "26", "1")
    enters = line(41, "1.1", "opinion", "NONE", "ENTERQUEUE", "", "0110000001", "1")
    waits = floor(*ON, CALL, TAKEN, handed, enters)
    assert [one.queue for one in waits.waiting] == ["opinion"]
    assert waits.operators == (AtWork("op1", Doing.FREE, at(40)),)
    taken = line(44, "1.1", "opinion", "PJSIP/op2", "CONNECT", "3", "1.9", "1")
    for last in (taken, line(50, "1.1", "opinion", "NONE", "ABANDON", "1", "1", "9")):
        found = floor(*ON, CALL, TAKEN, handed, enters, last)
        assert (found.incoming, found.answered, found.abandoned) == (1, 1, 0)
    assert floor(*ON, CALL, TAKEN, handed, enters, taken).operators[1].doing is Doing.TALKING


def test_a_restart_ends_waits_and_conversations_and_nobody_s_log_on() -> None:
    other = line(20, "2.1", "survey", "NONE", "ENTERQUEUE", "", "0110000002", "1")
    pause = line(22, "NONE", "survey", "op1", "PAUSE", "lunch")
    again = line(25, "NONE", "NONE", "NONE", "QUEUESTART", "")
    found = floor(*ON, CALL, TAKEN, other, pause, again)
    assert found.waiting == ()
    assert found.operators == (AtWork("op1", Doing.PAUSED, at(22), "lunch"),)
    assert (found.incoming, found.answered, found.abandoned) == (2, 1, 1)


def test_today_begins_at_the_opening() -> None:
    assert floor(CALL, opened=11).incoming == 0 and floor(CALL, opened=10).incoming == 1


def test_an_operator_whose_log_on_is_older_than_the_log_is_known_by_a_call() -> None:
    end = line(60, "1.1", "survey", "op1", "COMPLETEAGENT", "4", "46", "1")
    assert floor(CALL, TAKEN, end).operators == (AtWork("op1", Doing.FREE, at(60)),)
    assert floor(line(20, "NONE", "survey", "op2", "PAUSE", "")).operators[0].doing is Doing.PAUSED


def test_a_rotation_forgets_nobody(tmp_path: Path) -> None:
    (tmp_path / "queue_log.0").write_text("\n".join([*ON, CALL]) + "\n")
    os.utime(tmp_path / "queue_log.0", (1, 1))
    (tmp_path / "queue_log").write_text(f"{TAKEN}\nno line\n²|x|x|op1|CONNECT|\n")
    found = live_status_of(tail_of_log(tmp_path, "queue_log*"), OPERATORS, at(0))
    assert found.operators == (AtWork("op1", Doing.TALKING, at(14)),)
    assert (found.waiting, found.incoming, found.answered) == ((), 1, 1)


def test_the_recorded_log_ends_with_nobody_waiting(pbx_dir: Path) -> None:
    lines = [
        text
        for name in ("queue_log.1", "queue_log.0", "queue_log")
        for text in (pbx_dir / name).read_text("utf-8").splitlines()
    ]
    known = {f"{tech}op{n}": f"op{n}" for n in (1, 2, 3) for tech in ("", "PJSIP/")}
    found = live_status_of(lines, known, datetime(2000, 1, 1, tzinfo=UTC))
    entered = {text.split("|")[1] for text in lines if "|ENTERQUEUE|" in text}
    assert found.incoming == len(entered)
    left = found.answered + found.abandoned + found.overflow + found.mailbox
    assert left + len(found.waiting) == found.incoming
    assert "0110000" not in repr(found)


def test_the_calls_are_those_that_the_counts_count() -> None:
    again = line(60, "1.1", "opinion", "NONE", "ENTERQUEUE", "", "0110000001", "1")
    over = line(70, "1.1", "opinion", "PJSIP/op2", "CONNECT", "10", "1.3", "3")
    gone = line(31, "2.1", "survey", "NONE", "ENTERQUEUE", "", "0110000002", "1")
    left = line(36, "2.1", "survey", "NONE", "ABANDON", "1", "1", "5")
    waits = line(80, "3.1", "survey", "NONE", "ENTERQUEUE", "", "0110000003", "1")
    found = floor(*ON, CALL, TAKEN, gone, left, again, over, waits)
    assert found.calls == (
        QueuedCall("3.1", "survey", at(80), "", (), None),
        QueuedCall("2.1", "survey", at(31), "abandoned", (), 5.0),
        QueuedCall("1.1", "opinion", at(10), "answered", ("op1", "op2"), 4.0),
    )
    assert (found.incoming, found.answered, found.abandoned) == (3, 1, 1)
    later = floor(*ON, CALL, TAKEN, gone, left, opened=20)
    assert [one.call_id for one in later.calls] == ["2.1"] and later.incoming == 1
