"""What the manager interface told lands once, whole or not at all, and holds nobody's number."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony_ingest.ami.blocks import ManagerBlock, ManagerStream
from telephony_ingest.ami.journal import WRITTEN, ManagerJournal, sweep
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.manager_events import EVENTS
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.homes import ROOT
from tests.telephony_ingest.desks import KEY, Ingest
from tests.telephony_ingest.manager_stream import blocks, pairs, recorded

KIND = SourceKind.MANAGER_EVENTS
AT = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = Pseudonyms.from_key(KEY).names
NUMBER = re.compile(r"01100000[0-9]{2}")
"""The numbers that the recorded callers have."""


@pytest.fixture
def heard(tmp_path: Path) -> Ingest:
    (tmp_path / "pbx").mkdir()
    return Ingest(tmp_path / "pbx", tmp_path / "landing", heard=tmp_path / "heard")


def journal_of(place: Ingest) -> ManagerJournal:
    assert place.heard is not None
    return ManagerJournal(place.heard, lambda: NAMES)


def hold(one: str, event: str = "Hold", at: str = "1700456423.003399") -> ManagerBlock:
    return ManagerBlock(
        f"Event: {event}\r\nTimestamp: {at}\r\nChannel: PJSIP/0110000016-0000001f\r\n"
        f"CallerIDNum: 0110000016\r\nUniqueid: {one}\r\nLinkedid: {one}"
    )


def test_every_event_of_the_recorded_stream_lands_once_and_no_number(heard: Ingest) -> None:
    journal = journal_of(heard)
    journal.begin()
    for block in ManagerStream(WRITTEN).feed(recorded()):
        journal.take(block, AT)
    journal.end()
    assert NUMBER.search(recorded().decode())
    assert heard.land(KIND).rows_landed == sum(Counter(told_of()).values())
    assert not heard.rejects()
    assert Counter(event for (event,) in heard.rows(KIND, "event")) == Counter(told_of())
    texts = [path.read_text() for path in heard.heard.iterdir()]  # type: ignore[union-attr]
    assert not any(NUMBER.search(text) for text in [*texts, *map(str, heard.rows(KIND))])
    assert heard.land(KIND).rows_landed == 0


def told_of() -> list[str]:
    return [EVENTS[e] for block in blocks() if (e := pairs(block).get("Event", "")) in EVENTS]


def test_landing_at_any_moment_gives_the_same_rows_as_landing_at_the_end(heard: Ingest) -> None:
    journal = journal_of(heard)
    journal.begin()
    for number, block in enumerate(ManagerStream(WRITTEN).feed(recorded())):
        journal.take(block, AT)
        if number % 400 == 7:
            heard.land(KIND)
    heard.land(KIND)
    places = heard.rows(KIND, "sequence")
    assert [number for (number,) in places] == list(range(1, len(told_of()) + 1))
    keys = heard.query(
        f"select count(*), count(distinct row_key) from read_parquet('{heard.landing / KIND}/*.parquet')"
    )
    assert keys == [(len(told_of()), len(told_of()))]


def test_a_connection_that_is_cut_is_told_from_the_next(heard: Ingest) -> None:
    journal = journal_of(heard)
    for _ in range(2):
        journal.begin()
        journal.take(hold("1700456421.58"), AT)
        journal.end()
    journal.take(hold("1700456421.58", "Unhold"), AT)  # nobody is connected
    heard.land(KIND)
    rows = heard.rows(KIND, "connection, sequence, event")
    assert len({connection for connection, *_ in rows}) == 2
    assert [rest for _, *rest in rows] == [[1, "held"]] * 2


def test_a_line_that_could_not_be_written_ends_what_is_known_without_a_gap(
    heard: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    assert heard.heard is not None
    journal = ManagerJournal(heard.heard, lambda: NAMES, told.append)
    journal.begin()
    journal.take(hold("1700456421.58"), AT)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:20]))
    journal.take(hold("1700456421.59"), AT)
    monkeypatch.undo()
    journal.take(hold("1700456421.60"), AT)
    heard.land(KIND)
    rows = heard.rows(KIND, "uniqueid, sequence, connection")
    assert [row[:2] for row in rows] == [("1700456421.58", 1), ("1700456421.60", 1)]
    assert len({row[2] for row in rows}) == 2
    assert told and not NUMBER.search(told[0])


def test_a_system_name_that_could_be_a_number_lands_as_its_code(heard: Ingest) -> None:
    journal = journal_of(heard)
    journal.begin()
    journal.take(hold("0110000016-1700456421.58"), AT)
    heard.land(KIND)
    assert heard.rows(KIND, "uniqueid") == [(f"{NAMES.code('0110000016')}-1700456421.58",)]
    assert not any(NUMBER.search(path.read_text()) for path in heard.heard.iterdir())  # type: ignore[union-attr]


def test_a_line_that_somebody_else_wrote_there_is_set_aside(heard: Ingest) -> None:
    """Whoever may write into the folder can name no caller and no word of their own."""
    assert heard.heard is not None
    heard.heard.mkdir()
    good = "a" * 32 + "|1|1700456423003399|held|1700456421.58|1700456417.56||"
    bad = [
        good.replace("held", "0110000016"),
        good.replace("|1700456417.56|", "|tarou yamada|"),
        good + "0110000016",
        good.replace("1700456423003399", "99"),
        good.replace("|1|", "|0|"),
        good + "|",
    ]
    (heard.heard / "x.log").write_text("\n".join([good, *bad, ""]))
    report = heard.land(KIND)
    assert (report.rows_landed, report.rows_rejected) == (1, len(bad))


def test_without_the_key_of_names_nothing_is_written(tmp_path: Path) -> None:
    journal = ManagerJournal(tmp_path / "heard", lambda: None)
    journal.begin()
    journal.take(hold("1700456421.58"), AT)
    assert not (tmp_path / "heard").exists()


def test_what_nobody_writes_to_any_more_goes_and_nothing_else(heard: Ingest) -> None:
    journal = journal_of(heard)
    journal.begin()
    journal.take(hold("1700456421.58"), AT)
    assert heard.heard is not None
    (path,) = heard.heard.iterdir()
    days = [datetime.fromtimestamp(path.stat().st_mtime + 86400 * n, UTC) for n in (2.9, 3.1)]
    assert [sweep(heard.heard, day) for day in days] == [0, 1]
    journal.take(hold("1700456421.58", "Unhold"), AT.replace(day=4))
    heard.land(KIND)
    assert heard.rows(KIND, "sequence, event") == [(2, "resumed")]


_WRITER = """
import sys, itertools
from datetime import UTC, datetime
from pathlib import Path
from tests.telephony_ingest.test_manager_journal import NAMES, ManagerJournal, hold
journal = ManagerJournal(Path(sys.argv[1]), lambda: NAMES)
journal.begin()
print("begun", flush=True)
for number in itertools.count(1):
    journal.take(hold(f"1700456421.{number}"), datetime(2026, 1, 1, tzinfo=UTC))
"""


def test_a_collector_that_is_killed_leaves_a_beginning_without_a_gap(heard: Ingest) -> None:
    for kills in range(1, 4):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(heard.heard)],
            stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None and process.stdout.readline()
        time.sleep(0.2)
        heard.land(KIND)  # while it writes
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        heard.land(KIND)
        found = heard.query(
            "select count(*), max(sequence), count(distinct row_key) from "
            f"read_parquet('{heard.landing / KIND}/*.parquet') group by connection"
        )
        assert len(found) == kills
        assert all(rows == last == keys > 0 for rows, last, keys in found)
