"""A line longer than a line may be is a reject by its place, read without being held; nothing around it is lost."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.landing import sources
from telephony_ingest.landing.csv_lines import MAXIMUM_LINE
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.homes import ROOT
from tests.support.examples import examples
from tests.support.forwards import Forwards
from tests.telephony_ingest.desks import KEY, Ingest

KEYS = Pseudonyms.from_key(KEY)
GOOD = b"1700438400|NONE|NONE|NONE|QUEUESTART|\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "pbx").mkdir()
    return tmp_path / "pbx" / "queue_log"


def ingest_of(log: Path, **options: object) -> Ingest:
    return Ingest(log.parent, log.parent.parent / "landing", options)


def line_numbers(ingest: Ingest) -> list[int]:
    return [row[0] for row in ingest.rows(SourceKind.QUEUE_LOG, "line_no")]


@settings(max_examples=examples(300), deadline=None)
@given(
    lengths=st.lists(st.one_of(st.integers(0, 12), st.integers(12, 90)), max_size=12),
    last=st.integers(0, 60),
    skipped=st.integers(0, 12),
    most_bytes=st.integers(1, 120),
    most_lines=st.integers(1, 10),
    part=st.integers(1, 50),
    is_finished=st.booleans(),
)
def test_every_byte_is_in_one_stretch_and_only_long_lines_are_cut(
    lengths: list[int],
    last: int,
    skipped: int,
    most_bytes: int,
    most_lines: int,
    part: int,
    is_finished: bool,
) -> None:
    most = 20
    written = [bytes([65 + n % 26]) * length + b"\n" for n, length in enumerate(lengths)]
    raw = b"".join(written) + b"z" * last
    offset = sum(map(len, written[:skipped]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sources, "_READ_BYTES", part)
        found = list(
            sources.stretches(
                Forwards(raw), offset, most_bytes, most_lines,
                is_finished=is_finished, most_of_a_line=most,
            )
        )  # fmt: skip
    is_all = is_finished or last > most + 1
    due = raw[offset:] if is_all else raw[offset : raw.rfind(b"\n") + 1]
    places = [offset, *(stretch.end for stretch in found)]
    assert [stretch.start for stretch in found] == places[:-1]
    assert places[-1] == offset + len(due)
    for stretch in found:
        own = raw[stretch.start : stretch.end]
        if stretch.is_cut:
            assert len(own) > most and b"\n" not in own[:-1], "one line, and a long one"
            assert own.startswith(stretch.raw) and len(stretch.raw) <= most_bytes + 2 * part + most
        else:
            assert stretch.raw == own + b"\n" * (not own.endswith(b"\n"))
            assert len(stretch.raw) <= most_bytes + 2 * part + 2 * most
        tail = sources.tail_key(KEYS, io.BytesIO(raw), stretch.end)
        assert stretch.tail_key(KEYS, stretch.end) == tail


@pytest.mark.parametrize("chunk_bytes", [1 << 16, 32 << 20])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_long_line_is_set_aside_by_place_and_length_and_its_neighbours_land(
    log: Path, chunk_bytes: int, end: bytes
) -> None:
    longest, over = (b"1|" + b"x" * (MAXIMUM_LINE - 2 + more) + end for more in (0, 1))
    much = b"y" * (5 * MAXIMUM_LINE) + end
    log.write_bytes(GOOD + longest + GOOD + over + GOOD + much + GOOD)
    ingest = ingest_of(log, chunk_bytes=chunk_bytes)
    report = ingest.land()
    assert (report.rows_landed, report.rejected_by_reason["too_long"]) == (4, 2)
    assert report.rows_landed + report.rows_rejected == log.read_bytes().count(b"\n")
    at = 2 * len(GOOD) + len(longest)
    long = [row[2:] for row in ingest.rejects() if row[1] == "too_long"]
    assert long == [(at, len(over)), (at + len(over) + len(GOOD), len(much))]
    assert line_numbers(ingest) == [1, 3, 5, 7]
    assert ingest.land().rows_landed == 0


def test_the_key_of_a_long_line_does_not_depend_on_how_much_was_read_at_once(
    log: Path, tmp_path: Path
) -> None:
    log.write_bytes(GOOD + b"y" * (3 * MAXIMUM_LINE) + b"\n" + GOOD)
    found = []
    for number, chunk_bytes in enumerate((4096, 1 << 20, 32 << 20)):
        ingest = Ingest(log.parent, tmp_path / f"landing{number}", {"chunk_bytes": chunk_bytes})
        ingest.land()
        found.append(
            ingest.query(
                f"select line_hmac, byte_offset, length_bytes from read_parquet('{ingest.landing}/rejects/*.parquet')"
            )
        )
    assert found[0] == found[1] == found[2]


def test_a_last_line_waits_for_its_end_up_to_the_bound_and_is_then_a_reject(log: Path) -> None:
    ingest = ingest_of(log)
    log.write_bytes(GOOD + b"y" * MAXIMUM_LINE)
    report = ingest.land()
    assert (report.rows_landed, report.rows_rejected) == (1, 0)
    assert ingest.rejects() == []
    with log.open("ab") as file:
        file.write(b"y" * 10)
    report = ingest.land()
    assert (report.rows_landed, dict(report.rejected_by_reason)) == (0, {"too_long": 1})
    with log.open("ab") as file:
        file.write(b"still the same line")
    assert ingest.land().rows_rejected == 0, "it waits again"
    with log.open("ab") as file:
        file.write(b"|and now its end\n" + GOOD)
    report = ingest.land()
    assert (report.rows_landed, dict(report.rejected_by_reason)) == (1, {"too_long": 1})
    first, second = len(GOOD), len(GOOD) + MAXIMUM_LINE + 10
    assert ingest.rejects() == [
        ("queue_log", "too_long", first, MAXIMUM_LINE + 10),
        ("queue_log", "too_long", second, len(b"still the same line|and now its end\n")),
    ]
    assert ingest.land().rows_landed == 0


def test_the_rest_of_a_long_line_is_no_row_even_where_it_reads_like_one(log: Path) -> None:
    ingest = ingest_of(log)
    log.write_bytes(GOOD + b"y" * (2 * MAXIMUM_LINE))
    ingest.land()
    with log.open("ab") as file:
        file.write(GOOD)
    assert (ingest.land().rows_landed, len(ingest.rows(SourceKind.QUEUE_LOG))) == (0, 1)


MEMORY = f"""
import resource, sys
from pathlib import Path
from telephony_ingest.asterisk.datasets import SourceKind
from tests.telephony_ingest.desks import Ingest
folder = Path(sys.argv[1])
(folder / "small").mkdir()
(folder / "small" / "queue_log").write_bytes({GOOD!r})
Ingest(folder / "small", folder / "small-landing").land()  # the libraries themselves
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = Ingest(folder / "pbx", folder / "landing").land()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) >> 10, report.rows_landed, dict(report.rejected_by_reason), report.is_refused)
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["queue_log", "queue_log.1", "queue_log.2.gz"])
def test_a_line_of_300_megabytes_takes_the_memory_of_a_stretch(log: Path, form: str) -> None:
    path = log.with_name(form)
    piece = b"x" * (1 << 20)
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        file.write(GOOD)
        for _ in range(300):
            file.write(piece)
        file.write(b"\n" + GOOD if form != "queue_log.1" else b"")
    done = subprocess.run(
        ["sh", "-c", '"$@"; exit $?', "sh", sys.executable, "-c", MEMORY, str(log.parent.parent)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    more, told = done.stdout.strip().split(" ", 1)
    landed = 1 if form == "queue_log.1" else 2
    assert told == f"{landed} {{'too_long': 1}} True"
    assert int(more) < 128, f"{more} MiB more than a log of one line"
