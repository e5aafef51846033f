"""What an administrator can do with an erasure from a page: look, and execute what two people signed; nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import select, update

from application.erasure_orders import ordered_start, ordered_tasks
from application.home.session import read_settings
from application.people import ActingHome
from compliance.audit.log import AuditFolder, entries
from compliance.erasure.register import all_cases, case_of, open_tasks
from compliance.erasure.states import CaseState
from compliance.errors import EntryRefused
from compliance.ground.clock import ClockKind, claim_clock
from compliance.keys.keyring import Keyring
from compliance.people.orders import signed_orders
from compliance.vault.media import MARKER, registered_media
from tests.compliance.erasure.stage import COUNT, NOW, OLD, Stage, recording_id, set_up
from tests.support.dagster_browser import Browser, events, opened
from tests.support.people import PASSPHRASE


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


def acting(stage: Stage) -> ActingHome:
    settings = replace(
        read_settings(None, stage.home.root, pbx=stage.folder / "home-pbx", environment={}),
        keys_root=stage.home.keys,
    )
    return ActingHome(settings, stage.home, stage.engine, NOW)


def signs(stage: Stage, staff_id: str, **facts: Any) -> None:
    """The signature under the start, as somebody gives it at the desk."""
    place = acting(stage)
    ordered_start(place, *place.signer(staff_id, lambda _: PASSPHRASE), "E-0001", **facts)


def execute(browser: Browser, by: str = "ad1", number: str = "E-0001/1") -> dg.DagsterRun:
    return browser.launch("erasure_execute", "execute_authorised", by=by, 授権番号=number, 試行=False)  # fmt: skip


@pytest.mark.parametrize("lacking", ["everything", "consent", "the second signature"])
def test_without_consent_and_two_signatures_a_page_erases_nothing(
    stage: Stage, browser: Browser, lacking: str
) -> None:
    case = stage.apply()
    if lacking == "the second signature":
        stage.consent(case)
        stage.authorise(case, "pm1")
        signs(stage, "ad1")
    for number in ("E-0001/1", "E-0001/9", "E-0002/1", ""):
        assert not execute(browser, number=number).is_success
    assert Keyring.open(stage.home).ids >= {recording_id(n) for n in range(COUNT)}
    assert case_of(stage.engine, case.case_id).state is not CaseState.EXECUTED


@pytest.mark.parametrize("by", ["", "op1", "sv1", "mg1", "cp1", "pm1", "ad1"])
def test_a_session_alone_destroys_nothing_whoever_it_is_of(
    stage: Stage, browser: Browser, by: str
) -> None:
    """Authorised for ad1, whose own session is no signature either."""
    stage.authorised()
    assert not execute(browser, by).is_success
    assert case_of(stage.engine, "E-0001").state is CaseState.CONSENTED
    assert Keyring.open(stage.home).ids >= {recording_id(n) for n in range(COUNT)}
    stage.checkpoint()
    refused = [e for e in entries(AuditFolder(stage.home.audit)) if e["result"] == "refused"]
    assert [e["actor"] for e in refused] == [by or "ui"]


@pytest.mark.parametrize("by", ["", "sv1", "mg1", "cp1", "pm1"])
def test_nobody_uses_the_signature_of_another(stage: Stage, browser: Browser, by: str) -> None:
    stage.authorised()
    signs(stage, "ad1")
    assert not execute(browser, by).is_success
    assert case_of(stage.engine, "E-0001").state is CaseState.CONSENTED


def test_only_the_executor_that_two_people_named_signs_the_start(stage: Stage) -> None:
    stage.authorised()
    for staff_id in ("pm1", "mg1", "sv1", "cp1"):
        with pytest.raises(EntryRefused, match="本人だけ"):
            signs(stage, staff_id)


def test_a_signature_is_over_the_very_case_for_ten_minutes_and_once(
    stage: Stage, browser: Browser
) -> None:
    case = stage.authorised()
    signs(stage, "ad1")
    with stage.engine.begin() as connection:
        connection.execute(update(signed_orders).values(expires_at=NOW))
    assert not execute(browser).is_success, "it ran out"
    signs(stage, "ad1", witness="高齢福祉係")
    stage.consent(case, conditions="午前のみ")
    stage.authorise(case)
    assert not execute(browser, number="E-0001/2").is_success, "it was over another authorisation"
    with stage.engine.begin() as connection:
        connection.execute(update(signed_orders).values(statement="{}"))
    signs(stage, "ad1")
    assert execute(browser, number="E-0001/2").is_success
    with stage.engine.connect() as connection:
        used = connection.execute(select(signed_orders.c.used_at)).scalars().all()
    assert sum(at is not None for at in used) == 1


def test_a_page_executes_what_two_people_signed_by_the_signature_of_a_third(
    stage: Stage, browser: Browser
) -> None:
    stage.authorised()
    medium = registered_media(stage.engine)[1]
    (Path(medium.path) / MARKER).rename(stage.folder / "marker")
    dry = browser.launch("erasure_execute", "execute_authorised", by="ad1", 授権番号="E-0001/1")
    assert dry.is_success
    told = shown(browser, dry)
    assert (told["件数"], told["実施者"], told["開始の署名"]) == (OLD, "ad1", "なし")
    assert case_of(stage.engine, "E-0001").state is CaseState.CONSENTED
    signs(stage, "ad1")
    done = execute(browser)
    assert done.is_success
    assert (shown(browser, done)["注意付完了"], shown(browser, done)["残務"]) == (OLD, 1)
    assert case_of(stage.engine, "E-0001").state is CaseState.EXECUTED
    begun = [e for e in entries(AuditFolder(stage.home.audit)) if e["action"] == "erasure_begun"]
    assert [(e["actor"], e["via"], e["result"]) for e in begun] == [("ad1", "ui", "done")]
    assert not execute(browser).is_success
    assert browser.launch("erasure_tasks", "work_off_owed", by="ad1").is_success
    assert len(open_tasks(stage.engine)) == 1
    (stage.folder / "marker").rename(Path(medium.path) / MARKER)
    for by in ("", "mg1", "ad1"):
        assert not browser.launch("erasure_tasks", "work_off_owed", by=by, 試行=False).is_success
    place = acting(stage)
    ordered_tasks(place, *place.signer("ad1", lambda _: PASSPHRASE))
    assert browser.launch("erasure_tasks", "work_off_owed", by="ad1", 試行=False).is_success
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
    lies = browser.launch("recordings_restore", "where_it_lies", 録音=one)
    assert lies.is_success
    for facts in ({"録音": one, "試行": False}, {"録音": "nobody"}):
        assert not browser.launch("recordings_restore", "where_it_lies", **facts).is_success
    refused = [
        e["object_id"] for e in entries(AuditFolder(stage.home.audit)) if e["result"] == "refused"
    ]
    assert refused == ["restore_recording"]
