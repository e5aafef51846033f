"""Doctor, run and the UI's check say the same of the same files, before a home is there and in any home."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orchestration.assets.pbx import IN_CUSTODY, READABLE, checks_of
from tests.homes import ROOT, HomeOnTrial

NUMBER = "0110000042"
AS_OF = "2023-11-22T19:00+09:00"
pytestmark = pytest.mark.slow  # a home of its own is made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, pbx_dir: Path) -> HomeOnTrial:
    """The recorded days, with what a site sends that was asked for its logs."""
    home = HomeOnTrial.in_folder(tmp_path_factory.mktemp("site"), pbx_dir)
    pbx = home.pbx
    (pbx / f"cdr-csv/Master.csv-{NUMBER}").write_text(f"INSERT INTO cdr VALUES ('{NUMBER}');\n")
    (pbx / "cdr-custom" / f"{NUMBER}.csv").write_bytes(b"PK\x03\x04 xl/workbook.xml")
    (pbx / "queue_log.9").write_text("")
    (pbx / "monitor").mkdir()
    (pbx / "monitor" / f"{NUMBER}-1700438494.7.gsm").write_bytes(bytes(3300))
    (pbx / "recordings" / f"{NUMBER}.wav").write_bytes(bytes(33))
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    own = text.replace(
        'trunk_prefixes = ["PJSIP/trunk"', 'trunk_prefixes = ["trunk", "PJSIP/trunk"'
    )
    assert own != text
    (home.root / "contract.toml").write_text(own, "utf-8")
    return home


@pytest.fixture(scope="module")
def doctor(site: HomeOnTrial) -> str:
    words = ["doctor", "--json", "--pbx", str(site.pbx), "--as-of", AS_OF]
    done = subprocess.run(
        site.command(*words, "--config", str(site.root / "contract.toml")),
        cwd=ROOT,
        env=site.environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def run(site: HomeOnTrial) -> str:
    done = site.run(AS_OF, "--json", "--config", str(site.root / "contract.toml"))
    assert done.returncode == 3, done.stderr
    return done.stdout


def test_doctor_and_run_refuse_the_same_files_by_the_same_names(doctor: str, run: str) -> None:
    examined = {
        f"{s['kind']}: {s['name']}: {s['state']}: {s['detail']}"
        for s in json.loads(doctor)["sources"]
        if s["state"] not in ("ok", "no_lines")
    }
    refused = {said for said in json.loads(run)["refused"] if "lines set aside" not in said}
    assert examined == refused
    named = {tuple(said.split(": ")[:3]) for said in refused}
    assert named == {
        ("cdr", "cdr-custom/*.csv* no. 1", "unreadable"),
        ("cdr", "cdr-csv/Master.csv* no. 2", "unreadable"),
        ("cdr", "[pbx.dialplan] trunk_prefixes no. 1", "partial"),
        ("recordings", "recordings/*.* no. 1", "partial"),
        ("recordings", "sound files that no pattern matches", "partial"),
    }
    assert NUMBER not in doctor + run


def test_an_empty_log_is_neither_ok_nor_refused(doctor: str, run: str) -> None:
    states = {s["name"]: s["state"] for s in json.loads(doctor)["sources"]}
    assert states["queue_log.9"] == "no_lines"
    assert "queue_log.9" not in run


def test_the_check_in_the_ui_counts_the_sounds_that_no_pattern_matches(
    site: HomeOnTrial, run: str
) -> None:
    import dagster as dg

    from application.home.environment import environment

    keys = checks_of("recordings")
    assert [key.name for key in keys] == [READABLE, IN_CUSTODY]
    home = site.path / "dagster"
    with (
        environment(DAGSTER_HOME=str(home)),
        dg.DagsterInstance.from_config(str(home)) as instance,
    ):
        [record] = instance.event_log_storage.get_asset_check_execution_history(
            check_key=keys[1], limit=1
        )
        assert record.event is not None
        event = record.event.dagster_event
    assert event is not None
    evaluation = event.asset_check_evaluation_data
    assert evaluation.passed is False
    assert "1件" in (evaluation.description or "")
