"""Stamped logs hold together: what was landed and derived of them is the day's truth, as often as it was stamped."""

from __future__ import annotations

from collections import Counter
from datetime import date

import duckdb
import pytest

from orchestration.command.exit_codes import ExitCode
from simulation.exchange.scale import CDR, CDR_CLASSIC, CEL, QUEUE_LOG, Scaled, write_scaled
from tests.homes import HomeOnTrial

pytestmark = pytest.mark.slow  # a home of eight days is made
PER_DAY = 300
DAYS = 8


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> tuple[HomeOnTrial, Scaled]:
    folder = tmp_path_factory.mktemp("scaled_home")
    scaled = write_scaled(
        folder / "pbx", PER_DAY * DAYS, calls_per_day=PER_DAY, first_day=date(2023, 11, 27)
    )
    home = HomeOnTrial(folder, folder / "pbx")
    done = home.run("2023-12-07T06:30+09:00")
    assert done.returncode == ExitCode.INPUT_REFUSED, done.stdout + done.stderr
    refused = done.stdout.split("Refused input")[1].split("\n")[1:]
    assert {line.split(":")[0].strip() for line in refused if line} == {"recordings", "voicemail"}
    return home, scaled


def test_every_stamped_call_ends_as_it_did_in_the_day(derived: tuple[HomeOnTrial, Scaled]) -> None:
    home, scaled = derived
    found = home.calls("call_id, call_date, outcome, outcome_reason")
    assert Counter((row[2], row[3]) for row in found) == scaled.outcomes
    assert Counter(row[1] for row in found) == dict.fromkeys(scaled.days, PER_DAY)
    assert len({row[0] for row in found}) == PER_DAY * DAYS
    assert len(scaled.outcomes) >= 6


def test_every_stamped_line_lands_once_and_none_is_another_again(
    derived: tuple[HomeOnTrial, Scaled],
) -> None:
    home, scaled = derived
    landing = home.path / "landing"
    with duckdb.connect() as connection:
        for kind, names in (
            ("queue_log", [QUEUE_LOG]),
            ("cdr", [CDR, CDR_CLASSIC]),
            ("cel", [CEL]),
        ):
            rows = connection.execute(
                f"select count(*), count(distinct row_key) from read_parquet('{landing}/{kind}/*.parquet')"
            ).fetchone()
            expected = sum(scaled.lines[name] for name in names)
            assert rows == (expected, expected)
        rejects = connection.execute(
            f"select count(*) from read_parquet('{landing}/rejects/*.parquet')"
        ).fetchone()
        assert rejects == (0,)
