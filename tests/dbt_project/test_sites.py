"""What differs from site to site, end to end: each kind of site has a day of its own in one home's PBX.

The right values are those that the logs say: every call once, its class, operator, waits and recordings.
Numbers come from the fictional ranges; all persons are invented.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import re
import wave
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.homes import ROOT, HomeOnTrial

pytestmark = pytest.mark.slow

TOKYO = ZoneInfo("Asia/Tokyo")
NUMBER = "011-000-0055"


@dataclass
class Site:
    """The files of one day at one exchange; `call` writes an answered call's lines."""

    day: str
    system: str = ""
    queue_log: list[str] = field(default_factory=list)
    cdr: list[list[str]] = field(default_factory=list)

    def at(self, clock: str) -> int:
        return int(datetime.fromisoformat(f"{self.day}T{clock}").replace(tzinfo=TOKYO).timestamp())

    def uniqueid(self, at: int, n: int = 1) -> str:
        return f"{self.system}{at}.{n}"

    def log(self, at: int, *fields: object) -> None:
        self.queue_log.append("|".join(str(f) for f in (at, *fields)))

    def answered(
        self, clock: str, agent: str = "op1", queue: str = "survey", channel: str = "PJSIP/trunk"
    ) -> str:
        """Four seconds of menu, two of waiting, twenty of talk."""
        at = self.at(clock)
        call = self.uniqueid(at)
        self.log(at + 4, call, queue, "NONE", "ENTERQUEUE", "", "0110000055", 1)
        self.log(at + 6, call, queue, agent, "CONNECT", 2, self.uniqueid(at + 4, 2), 2)
        self.log(at + 26, call, queue, agent, "COMPLETECALLER", 2, 20, 1)
        self.record(at, 26, f"{channel}-00000001", "Queue", f"{queue},t", "PJSIP/op1-00000002")
        return call

    def in_menu(self, clock: str, channel: str = "PJSIP/trunk") -> str:
        """The caller hangs up while the menu speaks."""
        at = self.at(clock)
        self.record(at, 5, f"{channel}-00000003", "BackGround", "menu", "", "ivr")
        return self.uniqueid(at)

    def record(
        self,
        at: int,
        seconds: int,
        channel: str,
        app: str,
        data: str,
        answerer: str,
        context: str = "q-survey",
    ) -> None:
        start, end = (self.local(moment) for moment in (at, at + seconds))
        call = self.uniqueid(at)
        self.cdr.append(
            [
                *("", "0110000055", "s", context, '"" <0110000055>', channel, answerer, app, data),
                *(start, start, end, str(seconds), str(seconds), "ANSWERED", "DOCUMENTATION"),
                *(call, "", "", call, str(len(self.cdr) + 1)),
            ]
        )

    def local(self, moment: int) -> str:
        return datetime.fromtimestamp(moment, TOKYO).strftime("%Y-%m-%d %H:%M:%S")

    def write(self, pbx: Path, name: str, columns: int = 21) -> None:
        if self.queue_log:
            (pbx / f"queue_log-{name}").write_text("\n".join(self.queue_log) + "\n", "utf-8")
        if self.cdr:
            (pbx / "cdr-csv").mkdir(exist_ok=True)
            lines = [
                ",".join('"' + cell.replace('"', '""') + '"' for cell in row[:columns])
                for row in self.cdr
            ]
            (pbx / "cdr-csv" / f"Master.csv.{name}").write_text("\n".join(lines) + "\n", "utf-8")


def system_names(pbx: Path) -> None:
    for n, system in enumerate(("pbx-tokyo-1.example-", "pbx-tokyo-", "mikopbx-")):
        site = Site("2023-11-20", system)
        site.answered(f"1{n}:00:00")
        site.in_menu(f"1{n}:30:00")
        site.write(pbx, f"c{n}")


def stock_columns(pbx: Path) -> None:
    """`cdr.conf` as shipped: no linked id, no sequence."""
    site = Site("2023-11-21")
    site.answered("10:00:00")
    site.in_menu("10:30:00")
    site.write(pbx, "stock", columns=18)


def clock_in_gmt(pbx: Path) -> None:
    site = Site("2023-11-22")
    site.answered("10:00:00")
    site.in_menu("11:00:00")
    for row in site.cdr:
        for n in (9, 10, 11):
            gmt = datetime.fromisoformat(row[n]).replace(tzinfo=TOKYO).astimezone(UTC)
            row[n] = gmt.strftime("%Y-%m-%d %H:%M:%S")
    site.write(pbx, "gmt")


def numbers_in_channels(pbx: Path) -> None:
    site = Site("2023-11-24")
    for n, channel in enumerate(("DAHDI/i1/0110000068", "IAX2/anywhere", "SIP/0110000069")):
        site.answered(f"1{n}:00:00", channel=channel)
        site.in_menu(f"1{n}:30:00", channel=channel)
    site.write(pbx, "lines")


def two_queues(pbx: Path) -> None:
    """queue_log alone: a timeout, then the other queue."""
    site = Site("2023-11-27")
    for clock in ("10:00:00", "10:15:00", "10:30:00"):
        at = site.at(clock)
        call = site.uniqueid(at)
        site.log(at, call, "survey", "NONE", "ENTERQUEUE", "", "0110000055", 1)
        if clock == "10:30:00":
            site.log(at + 6, call, "survey", "op1", "CONNECT", 6, site.uniqueid(at, 2), 5)
            site.log(at + 26, call, "survey", "op1", "BLINDTRANSFER", "opinion", "q", 6, 20, 1)
            site.log(at + 27, call, "opinion", "NONE", "ENTERQUEUE", "", "0110000055", 1)
            site.log(at + 30, call, "opinion", "op2", "CONNECT", 3, site.uniqueid(at, 3), 2)
            site.log(at + 60, call, "opinion", "op2", "COMPLETEAGENT", 3, 30, 1)
            continue
        site.log(at + 30, call, "survey", "NONE", "EXITWITHTIMEOUT", 1, 1, 30)
        site.log(at + 31, call, "opinion", "NONE", "ENTERQUEUE", "", "0110000055", 1)
        if clock == "10:00:00":
            site.log(at + 45, call, "opinion", "NONE", "ABANDON", 1, 1, 14)
        else:
            site.log(at + 36, call, "opinion", "op2", "CONNECT", 5, site.uniqueid(at, 2), 4)
            site.log(at + 56, call, "opinion", "op2", "COMPLETEAGENT", 5, 20, 1)
    site.write(pbx, "queues")


def rotations(pbx: Path) -> None:
    """One hour a file, each packed in another way; one twice, one without its last line's end."""
    for n, pack in enumerate((bytes, gzip.compress, bz2.compress, lzma.compress)):
        site = Site("2023-11-28")
        site.answered(f"1{n}:00:00")
        raw = ("\r\n" if n == 0 else "\n").join(site.queue_log).encode()
        suffix = ("", ".gz", ".bz2", ".xz")[n]
        (pbx / f"queue_log-2023112{n}{suffix}").write_bytes(pack(b"\xef\xbb\xbf" * (n == 1) + raw))
        if n == 3:
            (pbx / "queue_log.1.gz").write_bytes(gzip.compress(raw))


def member_states(pbx: Path) -> None:
    site = Site("2023-11-29")
    for clock, queue, agent, verb, data in (
        ("09:00:00", "survey", "op1", "ADDMEMBER", ""),
        ("09:00:00", "opinion", "op1", "ADDMEMBER", ""),
        ("09:01:00", "survey", "op2", "ADDMEMBER", "PAUSED"),
        ("09:11:00", "survey", "op2", "UNPAUSE", ""),
        ("10:00:00", "survey", "op1", "REMOVEMEMBER", ""),
        ("11:30:00", "survey", "op2", "PAUSE", "昼休み"),
        ("12:30:00", "survey", "op2", "UNPAUSE", ""),
        ("17:00:00", "opinion", "op1", "REMOVEMEMBER", ""),
    ):
        site.log(site.at(clock), "MANAGER", queue, agent, verb, data)
    site.log(site.at("09:02:00"), "NONE", "NONE", "op3", "AGENTLOGIN", "SIP/op3")
    site.log(site.at("14:33:00"), "NONE", "NONE", "op3", "AGENTLOGOFF", "SIP/op3", 19860)
    site.answered("13:00:00")
    site.write(pbx, "members")


def names_of_people(pbx: Path) -> None:
    """Member names, an outside phone and a queue in kanji, all in the contract."""
    site = Site("2023-11-30")
    for n, agent in enumerate(("Hanako Yamada", "PJSIP/10101", f"Local/{NUMBER}@from-queue/n")):
        site.answered(f"1{n}:00:00", agent=agent, queue="調査 窓口")
    site.write(pbx, "names")


def recording_names(pbx: Path) -> None:
    site = Site("2023-12-01")
    call = site.answered("10:30:00")
    other = site.in_menu("10:00:00")
    site.write(pbx, "recordings")
    folder = pbx / "recordings" / "2023" / "12" / "01"
    folder.mkdir(parents=True)
    for stem in (
        f"q-400-{NUMBER}-20231201-103000-{call}",
        f"force-{NUMBER}-102-20231201-103000-{call}",
        f"{call}-in",
        f"mikopbx-{call}_abcdef",
        other,
    ):
        sound(folder / f"{stem}.wav")


def sound(path: Path, frame: bytes = b"\x00\x10\x00\xf0") -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(frame * 8000)


def sides_of_recordings(pbx: Path) -> None:
    """A file for each side of a call; in the morning nobody is heard in the mixed one, at noon only in one side."""
    site = Site("2023-12-02")
    morning, noon, twice = (site.answered(f"{hour}:00:00") for hour in ("10", "12", "14"))
    site.write(pbx, "sides")
    folder = pbx / "recordings" / "2023" / "12" / "02"
    folder.mkdir(parents=True)
    silent, no_call = bytes(4), f"{site.at('16:00:00')}.77"
    sound(folder / f"{morning}.wav", silent)
    sound(folder / f"{morning}-in.wav")
    sound(folder / f"{morning}_out.wav")
    sound(folder / f"q-{NUMBER}-{noon}_in.wav", silent)
    sound(folder / f"q-{NUMBER}-{noon}_OUT.wav")
    sound(folder / f"q-survey-{twice}.wav")
    sound(folder / f"q-opinion-{twice}-in.wav", silent)
    sound(folder / f"q-opinion-{twice}-out.wav", silent)
    for side in ("-in", "-out"):
        sound(folder / f"{no_call}{side}.wav")


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The warehouse of a home that lived all of these days."""
    folder = tmp_path_factory.mktemp("sites")
    pbx = folder / "files"
    pbx.mkdir()
    for site in (
        system_names,
        stock_columns,
        clock_in_gmt,
        numbers_in_channels,
        two_queues,
        rotations,
        member_states,
        names_of_people,
        recording_names,
        sides_of_recordings,
    ):
        site(pbx)
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    for before, after in (
        (
            '"PJSIP/op1"]',
            f'"PJSIP/op1", "Hanako Yamada", "PJSIP/10101", "Local/{NUMBER}@from-queue/n"]',
        ),
        ('recordings = "recordings/*.*"', 'recordings = "recordings/*/*/*/*.wav"'),
        (
            "[[staff]]  #",
            '[[queues]]\nname = "調査 窓口"\nmenu_choice = "survey"\nlabel = "x"\n\n[[staff]]  #',
        ),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    config = folder / "contract.toml"
    config.write_text(text, "utf-8")
    home = HomeOnTrial.in_folder(folder, pbx)
    done = home.run("2023-12-04T07:00+09:00", "--json", "--config", str(config))
    assert done.returncode == 3, "the clock in GMT is said"
    facts = json.loads(done.stdout)
    refused = [line for line in facts["refused"] if "missing" not in line]
    assert len(refused) == 1, refused
    assert "other_clock" in refused[0]
    assert not [finding for finding in facts["findings"] if not finding["is_notice"]]
    for path in home.path.rglob("*.parquet"):
        assert NUMBER not in repr(duckdb.sql(f"select * from '{path}'").fetchall())
    return duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True)


def of_day(calls: duckdb.DuckDBPyConnection, day: str, columns: str) -> list[tuple[object, ...]]:
    return calls.execute(
        f"select {columns} from marts.fct_calls where call_date = ? order by started_at", [day]
    ).fetchall()


@pytest.mark.parametrize(
    ("day", "pairs"),
    [("2023-11-20", 3), ("2023-11-21", 1), ("2023-11-22", 1), ("2023-11-24", 3)],
    ids=["system names", "18 columns", "GMT", "numbers in channels"],
)
def test_every_call_is_there_once_and_right(
    calls: duckdb.DuckDBPyConnection, day: str, pairs: int
) -> None:
    found = of_day(calls, day, "outcome, first_operator, wait_seconds, talk_seconds, direction")
    assert (
        found
        == [
            ("answered", "op1", 2.0, 20.0, "inbound"),
            ("abandoned_in_menu", None, None, None, "inbound"),
        ]
        * pairs
    )
    hours = {row[0] for row in of_day(calls, day, "hour(started_at_local)")}
    assert hours <= set(range(10, 13))


def test_two_queues_are_one_wait_and_the_last_end_decides(calls: duckdb.DuckDBPyConnection) -> None:
    found = of_day(
        calls, "2023-11-27", "outcome, first_operator, last_operator, wait_seconds, talk_seconds"
    )
    assert found[0] == ("abandoned", None, None, 44.0, None)
    assert found[1] == ("answered", "op2", "op2", 35.0, 20.0)
    assert found[2][:3] == ("answered", "op1", "op2")
    assert found[2][4] == 50.0
    legs = calls.execute(
        "select operator from marts.fct_operator_legs where call_date = '2023-11-27' "
        "order by joined_at"
    ).fetchall()
    assert legs == [("op2",), ("op1",), ("op2",)]


def test_a_rotation_counts_once_whatever_packed_it(calls: duckdb.DuckDBPyConnection) -> None:
    found = of_day(calls, "2023-11-28", "outcome, talk_seconds")
    assert found == [("answered", 20.0)] * 4


def test_members_are_logged_on_while_in_any_queue(calls: duckdb.DuckDBPyConnection) -> None:
    rows = calls.execute(
        "select operator, state, epoch(ended_at - began_at) / 60, reason "
        "from marts.fct_operator_intervals where call_date = '2023-11-29' and state in ('logged_on', 'paused') "
        "order by operator, state, began_at"
    ).fetchall()
    assert [row[:3] for row in rows] == [
        ("op1", "logged_on", 480),
        ("op2", "logged_on", 539),
        ("op2", "paused", 10),
        ("op2", "paused", 60),
        ("op3", "logged_on", 331),
    ]
    assert re.fullmatch(r"k[0-9a-f]{16}", rows[3][3]), "a reason in kanji is a code, never blank"


def test_people_s_names_find_their_operator_and_queue(calls: duckdb.DuckDBPyConnection) -> None:
    found = of_day(calls, "2023-11-30", "outcome, first_operator, menu_choice")
    assert found == [("answered", "op1", "survey")] * 3


def test_recordings_find_their_call_by_any_name(calls: duckdb.DuckDBPyConnection) -> None:
    found = of_day(calls, "2023-12-01", "outcome, recording_count, has_audible_recording")
    assert found == [("abandoned_in_menu", 1, True), ("answered", 4, True)]


def test_the_sides_of_a_recording_are_one_and_each_is_a_file_in_custody(
    calls: duckdb.DuckDBPyConnection,
) -> None:
    found = of_day(calls, "2023-12-02", "recording_count, has_audible_recording")
    assert found == [(1, True), (1, True), (2, True)]
    files = calls.execute(
        "select call_id is null, count(*), count(distinct take_id) from marts.fct_recordings "
        "where call_date = date '2023-12-02' group by 1 order by 1"
    ).fetchall()
    assert files == [(False, 8, 4), (True, 2, 1)]
    without_call = calls.execute(
        "select count(*) from marts.fct_findings "
        "where finding = 'recording_without_call' and call_date = date '2023-12-02'"
    ).fetchone()
    assert without_call == (1,)


def test_nothing_leaves_the_account(calls: duckdb.DuckDBPyConnection) -> None:
    assert calls.execute("select count(*) from marts.fct_non_calls").fetchone() == (0,)
