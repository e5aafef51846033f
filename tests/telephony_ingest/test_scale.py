"""Stamped logs: one seed one text, every call another one, and the first day is the one that was told."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from simulation.exchange.scale import CDR, CEL, LOGS, QUEUE_LOG, write_scaled

PER_DAY, DAYS = 120, 7


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return written(tmp_path_factory.mktemp("scaled"))


def written(folder: Path, days: int = DAYS, **other: int) -> dict[str, bytes]:
    write_scaled(folder, PER_DAY * days, calls_per_day=PER_DAY, **other)
    return {name: (folder / name).read_bytes() for name in LOGS}


def ids(text: bytes) -> set[bytes]:
    return set(re.findall(rb"\b1[0-9]{9}\.[0-9]{8}\b", text))


def test_one_seed_writes_the_same_bytes_and_another_does_not(
    scaled: dict[str, bytes], tmp_path: Path
) -> None:
    assert written(tmp_path / "same") == scaled
    assert written(tmp_path / "other", seed=8)[CEL] != scaled[CEL]


def test_more_days_go_on_where_fewer_ended(scaled: dict[str, bytes], tmp_path: Path) -> None:
    fewer = written(tmp_path, days=1)
    assert all(scaled[name].startswith(text) for name, text in fewer.items())
    assert all(len(scaled[name]) == DAYS * len(text) for name, text in fewer.items())


def test_no_two_days_share_an_id_a_channel_a_record_or_a_bridge(scaled: dict[str, bytes]) -> None:
    for pattern, name in (
        (rb"\b1[0-9]{9}\.[0-9]{8}\b", CEL),
        (rb"PJSIP/[a-z0-9]+-[0-9a-f]{8}", CEL),
        (rb'"([0-9]{8})","[a-z]*","[0-9]*"\n', CDR),
        (rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", CEL),
        (rb"0110000?[0-9]{7,8}\b", CEL),
    ):
        size = len(scaled[name]) // DAYS
        days = [
            set(re.findall(pattern, scaled[name][n * size : (n + 1) * size])) for n in range(DAYS)
        ]
        assert all(days)
        assert len(set().union(*days)) == sum(map(len, days))


def test_the_logs_of_a_call_name_it_alike(scaled: dict[str, bytes]) -> None:
    known = ids(scaled[CEL])
    for name in LOGS:
        assert ids(scaled[name]) <= known
    assert len(ids(scaled[QUEUE_LOG])) > PER_DAY


def test_a_unique_id_says_when_its_call_began(scaled: dict[str, bytes]) -> None:
    from telephony_ingest.asterisk import layouts
    from telephony_ingest.landing.csv_lines import csv_row

    rows = [row for line in scaled[CDR].splitlines() if (row := csv_row(line))]
    layout = layouts.recogniser(layouts.CDR_ORDERS, layouts.CDR_REFERENCE, ("start",))(rows)
    assert layout is not None
    assert layouts.seconds_off(rows, layout, "Asia/Tokyo") == 0
    began = {date.fromisoformat(row[0][:10]) for row in rows}
    assert len(began) == DAYS
    assert all(day.weekday() < 5 for day in began)


def test_what_cannot_be_numbered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no whole number of days"):
        write_scaled(tmp_path, 7, calls_per_day=5)
    with pytest.raises(ValueError, match="leave the century"):
        write_scaled(tmp_path, 10, calls_per_day=5, first_day=date(2099, 12, 31))
    with pytest.raises(ValueError, match="eight digits"):
        write_scaled(tmp_path, 2000 * 25_000, calls_per_day=2000, first_day=date(2000, 1, 1))
    assert not any(tmp_path.iterdir())
