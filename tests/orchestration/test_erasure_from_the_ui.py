"""What an administrator can do with an erasure from a page: look, and execute what two people signed; nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from compliance.audit.log import AuditFolder, entries
from compliance.erasure.register import all_cases, case_of, open_tasks
from compliance.erasure.states import CaseState
from compliance.ground.clock import ClockKind, claim_clock
from compliance.keys.keyring import Keyring
from compliance.vault.media import MARKER, registered_media
from tests.compliance.erasure.stage import COUNT, NOW, OLD, Stage, recording_id, set_up
from tests.orchestration.test_from_the_ui import Browser, events, opened


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = set_up(tmp_path)
    claim_clock(stage.engine, ClockKind.SIMULATED, NOW)
    return stage


@pytest.fixture
def browser(stage: Stage) -> Iterator[Browser]:
    with opened(stage.folder) as browser:
        yield browser


def shown(browser: Browser, run: dg.DagsterRun) -> dict[str, Any]:
    """What the run's output says, by label."""
    found: dict[str, Any] = {}
    for record in browser.process.instance.all_logs(run.run_id):
        event = record.dagster_event
        if event is not None and event.event_type_value == "STEP_OUTPUT":
            found |= {
                label: value.value for label, value in event.step_output_data.metadata.items()
            }
    return found


def test_a_page_counts_and_enters_nothing(stage: Stage, browser: Browser) -> None:
    looked = browser.launch("erasure_apply", "count_application", 処理予定日="2024-01-31")
    assert looked.is_success
    found = shown(browser, looked)
    assert (found["対象"], found["保存日数内"]) == (OLD, COUNT - OLD)
    refused = browser.launch("erasure_apply", "count_application", 処理予定日="2024-01-31", 試行=False)  # fmt: skip
    assert not refused.is_success
    assert not all_cases(stage.engine)
    last = [e for e in entries(AuditFolder(stage.home.audit)) if e["result"] == "refused"][-1]
    assert (last["actor"], last["via"], last["object_id"]) == ("ui", "ui", "apply_erasure")


@pytest.mark.parametrize("lacking", ["everything", "consent", "the second signature"])
def test_without_consent_and_two_signatures_a_page_erases_nothing(
    stage: Stage, browser: Browser, lacking: str
) -> None:
    case = stage.apply()
    if lacking == "the second signature":
        stage.consent(case)
        stage.authorise(case, "pm1")
    for number in ("E-0001/1", "E-0001/9", "E-0002/1", ""):
        run = browser.launch("erasure_execute", "execute_authorised", 授権番号=number, 試行=False)
        assert not run.is_success
    assert Keyring.open(stage.home).ids >= {recording_id(n) for n in range(COUNT)}
    assert case_of(stage.engine, case.case_id).state is not CaseState.EXECUTED


def test_a_page_executes_what_two_people_signed(stage: Stage, browser: Browser) -> None:
    stage.authorised()
    medium = registered_media(stage.engine)[1]
    (Path(medium.path) / MARKER).rename(stage.folder / "marker")
    dry = browser.launch("erasure_execute", "execute_authorised", 授権番号="E-0001/1")
    assert dry.is_success
    assert (shown(browser, dry)["件数"], shown(browser, dry)["実施者"]) == (OLD, "ad1")
    assert case_of(stage.engine, "E-0001").state is CaseState.CONSENTED
    done = browser.launch("erasure_execute", "execute_authorised", 授権番号="E-0001/1", 試行=False)
    assert done.is_success
    assert (shown(browser, done)["注意付完了"], shown(browser, done)["残務"]) == (OLD, 1)
    assert case_of(stage.engine, "E-0001").state is CaseState.EXECUTED
    begun = [e for e in entries(AuditFolder(stage.home.audit)) if e["action"] == "erasure_begun"]
    assert [(e["actor"], e["via"], e["result"]) for e in begun] == [("ui", "ui", "done")]
    again = browser.launch("erasure_execute", "execute_authorised", 授権番号="E-0001/1", 試行=False)  # fmt: skip
    assert not again.is_success
    assert browser.launch("erasure_tasks", "work_off_owed").is_success
    assert len(open_tasks(stage.engine)) == 1
    (stage.folder / "marker").rename(Path(medium.path) / MARKER)
    assert browser.launch("erasure_tasks", "work_off_owed", 試行=False).is_success
    assert not open_tasks(stage.engine)
    made, asked = events(browser, browser.materialise(["compliance/erasures"]))
    assert made == {("compliance/erasures", None)}
    assert asked == {"nothing_half_done", "nothing_owed"}
    everything = str(browser.process.instance.get_runs()) + "".join(
        str(record)
        for run in browser.process.instance.get_runs()
        for record in browser.process.instance.all_logs(run.run_id)
    )
    assert "passphrase" not in everything and "架空 " not in everything


def test_the_administrators_jobs_show_first_and_do_what_only_the_system_does(
    stage: Stage, browser: Browser
) -> None:
    one = recording_id(0)
    assert shown(browser, browser.launch("recordings_rotate", "rotate_now"))["対象"] == 0
    moved = browser.launch("recordings_rotate", "rotate_now", 試行=False)
    assert shown(browser, moved)["移した件数"] == 0
    read = browser.launch("recordings_read_medium", "read_medium", 媒体="m-b")
    assert (shown(browser, read)["媒体"], shown(browser, read)["読んだ件数"]) == ("m-b", OLD)
    assert not browser.launch("recordings_read_medium", "read_medium", 媒体="m-z").is_success
    path = registered_media(stage.engine)[1].place_of(one)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert not browser.launch("recordings_read_medium", "read_medium", 媒体="m-b").is_success
    held = browser.launch("recordings_hold", "hold_or_release", 録音=one, 理由="COMPLAINT")
    assert shown(browser, held)["保全中"] is False
    lies = browser.launch("recordings_restore", "where_it_lies", 録音=one)
    assert lies.is_success
    for job, op, facts in (
        ("recordings_hold", "hold_or_release", {"理由": "COMPLAINT"}),
        ("recordings_restore", "where_it_lies", {}),
    ):
        assert not browser.launch(job, op, 録音=one, 試行=False, **facts).is_success
        assert not browser.launch(job, op, 録音="nobody", **facts).is_success
    refused = [
        e["object_id"] for e in entries(AuditFolder(stage.home.audit)) if e["result"] == "refused"
    ]
    assert refused == ["hold_recording", "restore_recording"]
