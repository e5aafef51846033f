"""Who is logged on over a night, and over days of which the log says nothing: present until the log-off, and no longer than it says.

2023-11-20 is a Monday; 11-23 is a holiday, 11-25 and 11-26 are a weekend. The centre is open from nine to eighteen.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.homes import HomeOnTrial

pytestmark = pytest.mark.slow

TOKYO = ZoneInfo("Asia/Tokyo")
HOUR = 3600
LINES = (
    ("20 10:00", "op1", "ADDMEMBER", ""),
    ("22 15:00", "op1", "REMOVEMEMBER", ""),
    ("20 09:00", "op2", "ADDMEMBER", ""),
    ("22 09:00", "op2", "ADDMEMBER", ""),
    ("22 10:00", "op2", "REMOVEMEMBER", ""),
    ("22 12:00", "op3", "AGENTLOGOFF", f"PJSIP/op3|{44 * HOUR}"),
    ("22 12:00", "op4", "REMOVEMEMBER", ""),
    ("22 09:00", "op5", "ADDMEMBER", ""),
    ("27 08:00", "op5", "REMOVEMEMBER", ""),
    ("20 09:00", "op6", "ADDMEMBER", ""),
    ("21 12:00", "op6", "PAUSE", "lunch"),
    ("21 13:00", "op6", "UNPAUSE", ""),
    ("22 09:30", "op6", "REMOVEMEMBER", ""),
    ("20 09:00", "op7", "ADDMEMBER", ""),
)


def write(pbx: Path, until: int) -> None:
    """The log up to a day of the month."""
    pbx.mkdir(exist_ok=True)
    told = []
    for moment, agent, verb, data in LINES:
        at = datetime.fromisoformat(f"2023-11-{moment}").replace(tzinfo=TOKYO)
        queue = "NONE" if verb == "AGENTLOGOFF" else "survey"
        if at.day <= until:
            told.append(f"{int(at.timestamp())}|NONE|{queue}|{agent}|{verb}|{data}\n")
    (pbx / "queue_log").write_text("".join(sorted(told)))


def hours(home: HomeOnTrial) -> dict[str, dict[int, float]]:
    """How many hours each operator was logged on, by day of the month, as the figures of operators count them."""
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select operator, day(call_date), logged_on_seconds / 3600 "
            "from intermediate.int_operators__days where logged_on_seconds is not null order by all"
        ).fetchall()
    found: dict[str, dict[int, float]] = {}
    for operator, day, count in rows:
        found.setdefault(operator, {})[day] = count
    return found


def home_of(folder: Path, *runs: tuple[int, str]) -> HomeOnTrial:
    home = HomeOnTrial(folder, folder / "pbx")
    for until, as_of in runs:
        write(home.pbx, until)
        done = home.run(as_of)
        assert done.returncode in (0, 3), done.stderr[-2000:]
    return home


LAST = (27, "2023-11-27T20:00+09:00")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> HomeOnTrial:
    return home_of(tmp_path_factory.mktemp("whole"), LAST)


def test_whoever_logs_off_on_the_third_day_was_present_on_the_second(whole: HomeOnTrial) -> None:
    assert hours(whole)["op1"] == {20: 8, 21: 9, 22: 6}


def test_a_log_on_that_no_log_off_follows_ends_with_its_day(whole: HomeOnTrial) -> None:
    assert hours(whole)["op2"] == {20: 9, 22: 1}, "another log-on tells nothing of the days before"
    assert hours(whole)["op7"] == {20: 9}


def test_a_log_off_that_says_how_long_needs_no_log_on_and_goes_no_further(
    whole: HomeOnTrial,
) -> None:
    assert hours(whole)["op3"] == {20: 2, 21: 9, 22: 3}


def test_a_log_off_alone_tells_of_its_own_day(whole: HomeOnTrial) -> None:
    assert hours(whole)["op4"] == {22: 3}


def test_days_on_which_the_centre_is_closed_count_nothing(whole: HomeOnTrial) -> None:
    assert hours(whole)["op5"] == {22: 9, 24: 9}, "the log-off before opening ends the night alone"


def test_a_day_that_has_pauses_alone_is_presence_less_the_pauses(whole: HomeOnTrial) -> None:
    assert hours(whole)["op6"] == {20: 9, 21: 9, 22: 0.5}
    with duckdb.connect(str(whole.path / "warehouse.duckdb"), read_only=True) as connection:
        staffed = connection.execute(
            "select staffed_seconds from intermediate.int_operators__days "
            "where operator = 'op6' and call_date = '2023-11-21'"
        ).fetchone()
    assert staffed == (8 * HOUR,)


def test_a_silent_day_counts_once_its_log_off_is_there_and_day_by_day_as_at_once(
    whole: HomeOnTrial, tmp_path: Path
) -> None:
    home = home_of(tmp_path, (21, "2023-11-21T20:00+09:00"))
    assert hours(home)["op1"] == {20: 8}
    assert hours(home_of(tmp_path, LAST)) == hours(whole)
    query = "select * from marts.fct_operator_intervals order by all"
    found = []
    for each in (home, whole):
        with duckdb.connect(str(each.path / "warehouse.duckdb"), read_only=True) as connection:
            found.append(connection.execute(query).fetchall())
    assert found[0] == found[1]
