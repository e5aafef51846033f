"""`madoguchi doctor`: what a site's files show, what to set, and nothing that could be somebody's."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulation.exchange.centre import days_between
from simulation.exchange.files import SimulatedPbx
from tests.homes import ROOT, HomeOnTrial

SAMPLES = ROOT / "tests" / "samples" / "pbx"
AS_OF = "2023-11-24"


def doctor(
    folder: Path, pbx: Path, *words: str, config: Path | None = None, status: int = 3
) -> dict[str, Any]:
    home = HomeOnTrial(folder, pbx)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "orchestration.cli", "doctor", "--json"),
            *("--pbx", str(pbx), "--as-of", AS_OF),
            *(("--config", str(config)) if config else ()),
            *words,
        ],
        cwd=ROOT,
        env={**home.environment(), "TMPDIR": str(folder), "MADOGUCHI_HOME": str(home.path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == status, done.stderr + done.stdout
    assert not home.path.exists(), "the home is not touched"
    assert not list(folder.glob("madoguchi-doctor-*")), "nothing is left behind"
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def needed(facts: dict[str, Any], topic: str) -> list[dict[str, Any]]:
    return [a for a in facts["advice"] if a["topic"] == topic and a["is_needed"]]


def copied(folder: Path) -> Path:
    """The first recorded days, writable."""
    pbx = folder / "pbx"
    shutil.copytree(SAMPLES, pbx)
    for path in pbx.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return pbx


def contract(folder: Path, *changes: tuple[str, str]) -> Path:
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    path = folder / "contract.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.slow
def test_a_site_in_order_needs_no_hand(tmp_path: Path) -> None:
    pbx = SimulatedPbx(tmp_path / "pbx")
    for day in days_between(date(2023, 11, 20), date(2023, 11, 22)):
        pbx.live(day, is_open=True)
    facts = doctor(tmp_path, pbx.folder, status=0)
    assert facts["needs_a_hand"] is False
    assert facts["calls"] > 200
    assert not [advice for advice in facts["advice"] if advice["is_needed"]]


def test_the_recorded_site(tmp_path: Path) -> None:
    facts = doctor(tmp_path, SAMPLES)
    ahead = {("queue_log", "no_lines")}  # rotations that begin after the day looked from
    assert {(s["kind"], s["state"]) for s in facts["sources"]} == ahead | {
        (kind, "ok") for kind in ("queue_log", "cdr", "cel", "recordings", "voicemail")
    }
    forms = {s["name"]: s["form"] for s in facts["sources"] if s["kind"] == "cdr"}
    assert forms["Keiro.csv"].startswith("21 columns by their shape: start, answer, end")
    assert all(form.endswith("times in Asia/Tokyo") for form in forms.values())
    assert [a["topic"] for a in facts["advice"] if a["is_needed"]] == ["records"]
    assert all(abs(clock["seconds"]) < 1 for clock in facts["clocks"])
    rows = {r["kind"]: r for r in facts["rows"]}
    assert rows["queue_log"]["last_at"] == "2023-11-22 18:01:35"
    assert 0 < rows["cdr"]["null_rates"]["caller_pseudonym"] < 0.5
    assert "uniqueid" not in rows["cdr"]["null_rates"]


@pytest.mark.slow
def test_whatever_the_contract_does_not_name_is_named_with_the_line_to_add(tmp_path: Path) -> None:
    config = contract(
        tmp_path,
        ('spellings = ["op1", "PJSIP/op1"]', 'spellings = ["op9"]'),
        ('operator = "op1"', 'operator = "op9"'),
        ('name = "opinion"  # 電話交換機', 'name = "opinion2"  # 電話交換機'),
        ('trunk_prefixes = ["PJSIP/trunk", "SIP/trunk", "DAHDI/"]', 'trunk_prefixes = ["SIP/x"]'),
        ('menu = ["ivr", "hours"]', "menu = []"),
        ('inbound_entry = ["from-trunk"]', "inbound_entry = []"),
        ('q-opinion = "opinion"', ""),
    )
    facts = doctor(tmp_path, SAMPLES, config=config)
    lines = {(a["topic"], a["subject"]): a["line"] for a in facts["advice"]}
    assert lines["agent", "op1"].startswith('[[staff]] spellings = ["op1"]')
    assert lines["queue", "opinion"].startswith('[[queues]] name = "opinion"')
    assert lines["line", "PJSIP/trunk"].startswith(
        '[pbx.dialplan] trunk_prefixes = ["PJSIP/trunk"]'
    )
    assert lines["context", "q-opinion"] == '[pbx.dialplan.queues] "q-opinion" = "opinion"'
    assert lines["context", "from-trunk"] == '[pbx.dialplan] inbound_entry = ["from-trunk"]'
    assert '"ivr"' in lines["context", "ivr"] and "menu" in lines["context", "ivr"]


@pytest.mark.slow
def test_a_name_that_could_be_somebodys_is_shown_by_its_place(tmp_path: Path) -> None:
    pbx = copied(tmp_path)
    log = pbx / "queue_log.1"
    text = log.read_text().replace("|survey|", "|佐藤 窓口|").replace("|op2|", "|011-000-0077|")
    log.write_text(text)
    facts = doctor(tmp_path, pbx)
    assert "佐藤" not in json.dumps(facts, ensure_ascii=False)
    assert "011-000-0077" not in json.dumps(facts)
    for topic, raw in (("queue", "佐藤 窓口"), ("agent", "011-000-0077")):
        (advice,) = needed(facts, topic)
        place = advice["what"].split("first at ")[1].split(";")[0]
        name, line = place.split(":")
        assert raw in (pbx / name).read_text().splitlines()[int(line) - 1]
        assert place in advice["line"]


@pytest.mark.slow
def test_clocks_gaps_and_missing_sources_are_told_with_their_settings(tmp_path: Path) -> None:
    pbx = copied(tmp_path)
    for log in pbx.glob("queue_log*"):
        ahead = [
            f"{int(at) + 40}|{rest}"
            for at, _, rest in (line.partition("|") for line in log.read_text().splitlines())
        ]
        log.write_text("\n".join(ahead) + "\n")
    in_gmt(pbx / "cdr-csv" / "Master.csv", columns=(9, 10, 11))
    shutil.rmtree(pbx / "voicemail")
    (pbx / "recordings" / "note.wav").write_bytes(b"RIFF")
    facts = doctor(tmp_path, pbx)
    (off,) = [clock for clock in facts["clocks"] if clock["log"] == "queue_log"]
    assert off["seconds"] == pytest.approx(39.6, abs=0.5)
    (clock,) = needed(facts, "clock")
    assert clock["subject"] == "queue_log"
    told = {advice["subject"]: advice for advice in needed(facts, "source")}
    assert '[pbx.time_zones] cdr_classic = "UTC"' in told["cdr Master.csv"]["what"]
    missing = told["voicemail voicemail/*/*/*/msg*.txt"]
    assert missing["line"] == '[pbx.sources] voicemail = "" where the exchange has none'
    assert any("no call's unique id" in advice["what"] for advice in told.values())


def in_gmt(path: Path, columns: tuple[int, ...]) -> None:
    """Write a CSV log again with its times in GMT, as `usegmtime = yes` would have."""
    rows = list(csv.reader(path.read_text().splitlines()))
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for row in rows:
            for n in columns:
                if row[n]:
                    moment = datetime.fromisoformat(row[n]) - timedelta(hours=9)
                    row[n] = moment.strftime("%Y-%m-%d %H:%M:%S")
            writer.writerow(row)


@pytest.mark.slow
def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "pbx").mkdir()
    facts = doctor(tmp_path, tmp_path / "pbx")
    assert facts["calls"] == 0
    assert needed(facts, "calls")
    assert len(needed(facts, "source")) == 6


def test_what_a_killed_doctor_left_is_removed_by_the_next(tmp_path: Path) -> None:
    from orchestration.command.doctor import _sweep

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f"madoguchi-doctor-{dead.pid}-abc"
    (left / "keys").mkdir(parents=True)
    at_work = tmp_path / f"madoguchi-doctor-{os.getpid()}-def"
    others = tmp_path / "madoguchi-doctor-notes"
    for folder in (at_work, others):
        folder.mkdir()
    _sweep(tmp_path)
    assert not left.exists()
    assert at_work.exists() and others.exists()


def ring_group(folder: Path) -> Path:
    """A site without a queue: two calls from a line that nobody named ring three phones, one in vain."""
    pbx = folder / "pbx"
    (pbx / "cdr-custom").mkdir(parents=True)
    (pbx / "queue_log").write_text("1700438400|MANAGER|survey|op1|ADDMEMBER|\n")
    rows = []
    for call, begin, answer, end, talk in (
        ("1700442000.1", "10:00:00", "10:00:08", "10:05:08", 300),
        ("1700442900.11", "10:15:00", "", "10:15:40", 0),
    ):
        for n in (1, 2, 3):
            is_taken = bool(talk) and n == 2
            times = [
                f"2023-11-20 {t}" if t else "" for t in (begin, answer if is_taken else "", end)
            ]
            row = (
                *(*times, "", "0110000063", "600", "ext-group", "SIP/carrier-00000001", f"PJSIP/op{n}-0000000{n}"),
                *("Dial", "PJSIP/op1&PJSIP/op2&PJSIP/op3,60", "308.0", f"{talk if is_taken else 0}.0"),
                *("ANSWERED" if is_taken else "NO ANSWER", "", "", call, call, str(n), "", "600"),
            )  # fmt: skip
            rows.append(row)
    with (pbx / "cdr-custom" / "a.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return pbx


@pytest.mark.slow
def test_a_context_that_rings_phones_without_a_queue_is_offered_as_a_ring_group(
    tmp_path: Path,
) -> None:
    facts = doctor(tmp_path, ring_group(tmp_path))
    [advice] = needed(facts, "context")
    assert advice["line"] == '[pbx.dialplan] ring_groups = ["ext-group"]'
    assert "rings phones without a queue" in advice["what"]


@pytest.mark.slow
def test_with_that_line_nothing_is_left_to_say_of_it_and_its_calls_are_citizens_calls(
    tmp_path: Path,
) -> None:
    pbx = ring_group(tmp_path)
    config = contract(tmp_path, ("ring_groups = []", 'ring_groups = ["ext-group"]'))
    assert [a for a in doctor(tmp_path, pbx, config=config)["advice"] if a["topic"] == "context"] == []  # fmt: skip
    home = HomeOnTrial(tmp_path, pbx)
    done = home.run("2023-11-21T09:00+09:00", "--config", str(config))
    assert done.returncode in (0, 3), done.stderr[-2000:]
    assert home.calls("direction, outcome, outcome_reason, first_operator, talk_seconds") == [
        ("inbound", "answered", None, "op2", 300),
        ("inbound", "abandoned", "ringing", None, None),
    ]
