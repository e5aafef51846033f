"""Recorded logs, spoilt at random: every line is a row, a rejected line or a blank one, to the line, and the models go on."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from telephony_ingest.asterisk.datasets import SourceKind
from tests.homes import ROOT, HomeOnTrial
from tests.telephony_ingest.desks import Ingest
from tests.telephony_ingest.mutations import PLACES, recorded_lines, spoilt

MILLION = 1_000_000


def taken_in(
    folder: Path, pbx: Path, kind: SourceKind, count: int, seed: int
) -> tuple[Ingest, int]:
    """An ingest of one log, spoilt, and how many of its lines are blank."""
    ingest = Ingest(folder / "pbx", folder / "landing")
    place = ingest.pbx / PLACES[kind]
    place.parent.mkdir(parents=True)
    text, blank = spoilt(recorded_lines(pbx, kind), count, seed)
    place.write_bytes(text)
    return ingest, blank


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("seed", [1, 37])
def test_of_a_spoilt_log_every_line_is_a_row_or_set_aside_or_blank(
    tmp_path: Path, pbx_dir: Path, kind: SourceKind, seed: int
) -> None:
    ingest, blank = taken_in(tmp_path, pbx_dir, kind, 20_000, seed)
    report = ingest.land(kind)
    assert report.rows_landed + report.rows_rejected + blank == 20_000
    assert len(ingest.rows(kind, "row_key")) == report.rows_landed
    assert len(ingest.rejects()) == report.rows_rejected
    assert report.rows_rejected > 1_000
    assert report.rows_landed > 8_000
    column = kind.dataset.time_column
    [(first, last)] = ingest.query(
        f"select min({column}), max({column}) from read_parquet('{ingest.landing / kind}/*.parquet')"
    )
    assert first.year >= 2000
    assert last.year < 2100


@pytest.mark.slow
@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize(("count", "seed"), [(MILLION, 2), (MILLION // 5, 3), (MILLION // 5, 5)])
def test_a_million_spoilt_lines_take_less_than_two_minutes_and_none_is_lost(
    tmp_path: Path, pbx_dir: Path, kind: SourceKind, count: int, seed: int
) -> None:
    ingest, blank = taken_in(tmp_path, pbx_dir, kind, count, seed)
    begun = time.monotonic()
    report = ingest.land(kind)
    assert (
        time.monotonic() - begun < 120
    )  # about 12 to 40 s for a million on two cores to themselves
    assert report.rows_landed + report.rows_rejected + blank == count


def home_of(folder: Path, pbx: Path, count: int, seed: int) -> HomeOnTrial:
    """A home whose exchange wrote nothing but spoilt logs, beside its recordings."""
    home = HomeOnTrial.in_folder(folder, pbx)
    for kind, place in PLACES.items():
        (home.pbx / place).write_bytes(spoilt(recorded_lines(pbx, kind), count, seed)[0])
    return home


def run_by_the_system_clock(home: HomeOnTrial, seconds: int) -> subprocess.CompletedProcess[str]:
    """A run that reads all there is, rows dated ahead included."""
    return subprocess.run(
        home.command("run", "--home", str(home.path), "--pbx", str(home.pbx)),
        cwd=ROOT,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("count", "seed"), [(20_000, 3), (20_000, 8), (200_000, 13)])
def test_a_run_over_spoilt_logs_builds_all_and_makes_its_papers(
    tmp_path: Path, pbx_dir: Path, count: int, seed: int
) -> None:
    home = home_of(tmp_path, pbx_dir, count, seed)
    done = run_by_the_system_clock(home, 900)
    assert done.returncode == 3, done.stderr[-2000:]
    assert "Traceback" not in done.stdout + done.stderr
    assert len(list((home.path / "outbox" / "weekly").rglob("*.pdf"))) == 15
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        [(calls, days)] = connection.execute(
            "select count(*), count(distinct call_date) from marts.fct_calls"
        ).fetchall()
    assert calls > 100
    assert days > 10
