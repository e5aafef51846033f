"""`madoguchi run`: what it promises, on the recorded PBX, as a real process."""

from __future__ import annotations

import csv
import json
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from compliance.audit.log import AuditFolder
from compliance.audit.verify import verify
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.custody import verify_vault
from tests.homes import AS_OF, ROOT, HomeOnTrial

WEEKS = ["2023-11-20", "2023-11-27", "2023-12-04", "2023-12-11", "2023-12-18"]


def truth(samples: Path) -> list[dict[str, str]]:
    with (samples / "truth.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_call_is_there_once_and_none_is_invented(
    finished_home: HomeOnTrial, samples: Path
) -> None:
    ids = [row[0] for row in finished_home.calls("call_id")]
    assert len(ids) == len(set(ids))
    assert set(ids) == {row["linkedid"] for row in truth(samples)}


def test_the_paper_of_each_week_lies_in_the_outbox_in_both_formats(
    finished_home: HomeOnTrial,
) -> None:
    outbox = finished_home.path / "outbox" / "weekly"
    assert sorted(path.name for path in outbox.iterdir()) == WEEKS
    for week in WEEKS:
        names = [path.name for path in (outbox / week).iterdir()]
        assert sum(name.startswith("週次集計結果") and name.endswith(".pdf") for name in names) == 1
        assert (
            sum(name.startswith("週次集計結果") and name.endswith(".xlsx") for name in names) == 1
        )
        assert "manifest.json" in names


def test_running_twice_changes_nothing(finished_home: HomeOnTrial) -> None:
    before = finished_home.state()
    again = finished_home.run()
    assert again.returncode == 0, again.stderr
    assert finished_home.state() == before


def test_the_pbx_folder_is_only_read(finished_home: HomeOnTrial, pbx_dir: Path) -> None:
    ours = {p.relative_to(pbx_dir): p.read_bytes() for p in pbx_dir.rglob("*") if p.is_file()}
    theirs = {
        p.relative_to(finished_home.pbx): p.read_bytes()
        for p in finished_home.pbx.rglob("*")
        if p.is_file()
    }
    assert theirs == ours


@pytest.mark.slow
def test_a_contract_lived_in_steps_ends_like_one_lived_at_once(
    new_home: HomeOnTrial, finished_home: HomeOnTrial
) -> None:
    """Rows later than the present stay unread; every table is the same in the end."""
    for moment in ("2023-11-22T12:00+09:00", "2023-12-04T06:00+09:00", "2023-12-15T10:00+09:00"):
        done = new_home.run(moment)
        assert done.returncode == 0, done.stderr
        started = [str(row[0]) for row in new_home.calls("started_at_local")]
        assert started
        assert max(started) < moment.replace("T", " ")
    assert not (new_home.path / "outbox" / "weekly" / "2023-12-11").exists()
    done = new_home.run(AS_OF)
    assert done.returncode == 0, done.stderr
    assert new_home.tables() == finished_home.tables()
    assert new_home.papers() == finished_home.papers()


@pytest.mark.slow
def test_a_paper_is_written_on_its_due_date_and_not_before(new_home: HomeOnTrial) -> None:
    assert new_home.run("2023-11-27T05:00+09:00").returncode == 0
    assert not (new_home.path / "outbox" / "weekly" / "2023-11-20").exists()
    assert new_home.run("2023-11-27T18:00+09:00").returncode == 0
    assert (new_home.path / "outbox" / "weekly" / "2023-11-20" / "manifest.json").is_file()


@pytest.mark.slow
def test_late_lines_make_a_second_edition_that_says_what_moved(new_home: HomeOnTrial) -> None:
    cdr = new_home.pbx / "cdr-custom" / "Keiro.csv"
    classic = new_home.pbx / "cdr-csv" / "Master.csv"
    cel = new_home.pbx / "cel-custom" / "Keiro.csv"
    held_back = "1700438494.1"
    late: dict[Path, str] = {}
    for path in (cdr, classic, cel):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        late[path] = "".join(line for line in lines if f'"{held_back}"' in line)
        path.write_text("".join(line for line in lines if f'"{held_back}"' not in line), "utf-8")
    queue = new_home.pbx / "queue_log.1"
    lines = queue.read_text(encoding="utf-8").splitlines(keepends=True)
    late[new_home.pbx / "queue_log"] = "".join(line for line in lines if f"|{held_back}|" in line)
    queue.write_text("".join(line for line in lines if f"|{held_back}|" not in line), "utf-8")
    assert new_home.run("2023-11-27T18:00+09:00").returncode == 0
    folder = new_home.path / "outbox" / "weekly" / "2023-11-20"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path, text in late.items():
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    done = new_home.run(AS_OF)
    assert done.returncode == 0, done.stderr
    now = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name: now[name] for name in first} == first
    assert sum("_r2" in name and name.endswith((".pdf", ".xlsx")) for name in now) == 2
    assert not any("_r3" in name for name in now)


@pytest.mark.slow
def test_a_run_killed_at_any_moment_and_run_again_ends_in_the_same_state(
    new_home: HomeOnTrial, finished_home: HomeOnTrial
) -> None:
    chance = random.Random(20231120)
    for _ in range(3):
        process = new_home.start()
        time.sleep(chance.uniform(1.5, 14))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = new_home.run()
    assert done.returncode == 0, done.stderr
    assert list(new_home.path.rglob(".tmp-*")) == []
    ignored = {"keys"}
    assert new_home.tables() == finished_home.tables()
    assert names(new_home.state(), ignored) == names(finished_home.state(), ignored)
    sealed = [len(list(h.path.rglob("*.sealed"))) for h in (new_home, finished_home)]
    assert sealed[0] == sealed[1] > 0
    home = Home.at(new_home.path)
    engine = open_operations(home.operations_url)
    assert verify_vault(engine, home, Keyring.open(home)) == (sealed[0], [])
    engine.dispose()
    assert verify(AuditFolder(home.audit)).is_right
    before = new_home.state()
    assert new_home.run().returncode == 0
    assert new_home.state() == before


PLAIN = (
    "call_id, outcome, outcome_reason, wait_seconds, talk_seconds, first_operator, recording_count"
)
"""Columns that do not depend on the home's own pseudonym key."""


def names(state: dict[str, str], ignored: set[str]) -> set[str]:
    """What exists, with the key-dependent ids of landing and vault files taken out; how often the log was signed
    depends on how often it was interrupted."""
    return {
        name.split("/")[0] if name.startswith(("landing/", "vault/", "audit/")) else name
        for name in state
        if name.split("/")[0] not in ignored
    }


@pytest.mark.slow
def test_a_second_run_at_the_same_time_is_refused_by_name(new_home: HomeOnTrial) -> None:
    first = new_home.start("2023-11-20T12:00+09:00")
    try:
        deadline = time.monotonic() + 60
        while not (new_home.path / ".lock").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        second = new_home.run("2023-11-20T12:00+09:00")
    finally:
        first.wait(timeout=300)
    assert second.returncode == 5, second.stderr
    assert second.stderr.strip().splitlines()[-1].startswith("madoguchi: ")


@pytest.mark.parametrize(
    ("as_of", "then", "status"),
    [
        (AS_OF, "2023-12-01T00:00+09:00", 6),
        (AS_OF, None, 6),
    ],
    ids=["an earlier time", "the system clock on a simulated home"],
)
def test_the_clock_goes_forward_only_and_never_changes_kind(
    finished_home: HomeOnTrial, as_of: str, then: str | None, status: int
) -> None:
    import subprocess

    words = ["run", "--home", str(finished_home.path), "--pbx", str(finished_home.pbx)]
    words += ["--as-of", then] if then else []
    refused = subprocess.run(
        finished_home.command(*words),
        env=finished_home.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == status, refused.stderr
    assert refused.stderr.startswith("madoguchi: ")


MORE_IDS = "call_id, outcome, wait_seconds, talk_seconds"


def spoil(pbx: Path) -> dict[str, bytes]:
    """Every kind of bad input at once; returns what mends it: the files that are gone."""
    gone = [pbx / "queue_log", *pbx.glob("cdr-custom/*"), *pbx.glob("recordings/*")]
    before = {str(path.relative_to(pbx)): path.read_bytes() for path in gone}
    shutil.rmtree(pbx / "cdr-custom")
    (pbx / "queue_log").unlink()
    (pbx / "queue_log").mkdir()
    with (pbx / "cdr-csv" / "Master.csv").open("a", encoding="utf-8") as file:
        file.write('"","too","few"\n')
    with (pbx / "cel-custom" / "Keiro.csv").open("ab") as file:
        file.write(b'"CHAN_START","2023-12-19 10:00:00.000000","\xff\xfe\n')
    shutil.rmtree(pbx / "recordings")
    return before


def mend(pbx: Path, before: dict[str, bytes]) -> None:
    (pbx / "queue_log").rmdir()
    for name, content in before.items():
        (pbx / name).parent.mkdir(parents=True, exist_ok=True)
        (pbx / name).write_bytes(content)


@pytest.mark.slow
def test_bad_input_is_named_one_by_one_and_loses_nothing(
    new_home: HomeOnTrial, finished_home: HomeOnTrial
) -> None:
    assert new_home.run("2023-11-22T19:00+09:00").returncode == 0
    landed = set(new_home.calls(MORE_IDS))
    before = spoil(new_home.pbx)
    spoilt = new_home.run()
    assert spoilt.returncode == 3, spoilt.stderr
    refused = spoilt.stdout.split("Refused input")[1]
    for named in (
        "cdr: cdr-custom/*.csv*: missing: no such file: check",
        "queue_log: queue_log: unreadable: is a folder where a file should be; move it away",
        "cdr: 1 lines set aside: wrong_field_count",
        "cel: 1 lines set aside: not_utf8",
        "recordings: recordings/*.*: missing: no such file: check",
    ):
        assert named in refused
    assert landed <= set(new_home.calls(MORE_IDS))
    assert len(new_home.calls()) == len(finished_home.calls())
    assert (new_home.path / "outbox" / "weekly" / "2023-12-18" / "manifest.json").is_file()
    mend(new_home.pbx, before)
    mended = new_home.run()
    assert mended.returncode == 0, mended.stdout
    assert set(new_home.calls(PLAIN)) == set(finished_home.calls(PLAIN))
    assert any(new_home.path.glob("outbox/weekly/2023-12-11/*_r2.pdf"))


@pytest.mark.slow
def test_a_refused_line_ends_the_command_with_its_own_status(new_home: HomeOnTrial) -> None:
    queue_log = new_home.pbx / "queue_log.1"
    queue_log.write_bytes(b"17004\xff384|x\n" + queue_log.read_bytes())
    done = new_home.run("2023-11-20T12:00+09:00")
    assert done.returncode == 3, done.stderr
    assert "queue_log: 1 lines set aside: not_utf8" in done.stdout.split("Refused input")[1]
    assert new_home.calls()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("lines = 5", "lines = 0", "capacity.lines = 0"),
        ("[capacity]", "[capacity", "is not TOML"),
        ("closes_at = 18:00:00", "closes_at = 25:00:00", "is not TOML"),
    ],
)
def test_a_bad_contract_is_one_message_and_touches_nothing(
    new_home: HomeOnTrial, before: str, after: str, told: str
) -> None:
    contract = new_home.root / "contract.toml"
    shipped = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    contract.write_text(shipped.replace(before, after, 1), encoding="utf-8")
    done = new_home.run(AS_OF, "--config", str(contract))
    assert done.returncode == 4
    assert told in done.stderr
    assert done.stderr.startswith("madoguchi: ")
    assert "Traceback" not in done.stderr
    assert not new_home.path.exists()


@pytest.mark.slow
def test_a_half_written_last_line_is_growing_not_bad(new_home: HomeOnTrial) -> None:
    cel = new_home.pbx / "cel-custom" / "Keiro.csv"
    raw = cel.read_bytes()
    cel.write_bytes(raw[: len(raw) * 2 // 3 + 17])
    done = new_home.run("2023-11-20T12:00+09:00")
    assert done.returncode == 0, done.stderr


def test_json_is_one_object_that_a_program_can_read(finished_home: HomeOnTrial) -> None:
    done = finished_home.run(AS_OF, "--json")
    assert done.returncode == 0
    facts = json.loads(done.stdout)
    assert facts["refused"] == []
    assert {landing["kind"] for landing in facts["landed"]} == {
        "queue_log",
        "cdr",
        "cel",
        "manager_events",
        "recordings",
        "voicemail",
    }


def test_a_pbx_folder_that_is_not_there_is_a_configuration_error(new_home: HomeOnTrial) -> None:
    shutil.rmtree(new_home.pbx)
    done = new_home.run()
    assert done.returncode == 4
    assert str(new_home.pbx) in done.stderr
