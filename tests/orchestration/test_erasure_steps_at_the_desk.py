"""From the city's word to the certificate without a shell: each step by whoever may, over what their page showed, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, delete

from application import erasure as duty
from application.people import ActingHome
from compliance.erasure.case_file import designations
from compliance.erasure.register import all_cases, consent_of
from compliance.erasure.states import CaseState
from compliance.ground.home import Home
from compliance.ground.run_lock import run_lock
from compliance.people.rights import Role
from compliance.sign_in import passwords
from desk.signature import UNPROVED
from tests.compliance.conftest import engine, home, migrated, url
from tests.compliance.erasure.stage import EVIDENCE, OLD, PASSPHRASE, Stage, set_up
from tests.desk.conftest import Answer, Browser
from tests.support.erasure_place import Place

__all__ = ["engine", "home", "migrated", "url"]
APPLY = "/erasures/application"
COUNTED = f"{APPLY}?kind=call"
CASE = "/erasures/E-0001"


@pytest.fixture
def place(
    tmp_path: Path, engine: Engine, home: Home, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    stage = set_up(tmp_path, engine, home)
    yield Place(stage, None)  # type: ignore[arg-type]  # no case yet


def sends(
    browser: Browser, page: str, action: str, passphrase: str = PASSPHRASE, **typed: str
) -> Answer:
    """The form of a page as it is shown, with what somebody types."""
    form = re.search(rf'<form class="narrow"[^>]+action="{action}".*?</form>', browser.get(page).text, re.S)  # fmt: skip
    assert form, (page, action)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
    return browser.post(action, {**hidden, **typed, "passphrase": passphrase})


def applies(browser: Browser, passphrase: str = PASSPHRASE, **typed: str) -> Answer:
    return sends(browser, COUNTED, APPLY, passphrase, **{"planned_on": "2024-01-31", **typed})


def consents(browser: Browser, stage: Stage, **typed: str) -> Answer:
    given = {
        "dated_on": f"{stage.now.date()}", "from_office": "高齢福祉課長", "count": str(OLD), "number": "札高福第123号",
        "evidence_kind": "document", "evidence_sha256": EVIDENCE.upper(), **typed,
    }  # fmt: skip
    return sends(browser, f"{CASE}/consent", f"{CASE}/consent", **given)


def executed(place: Place) -> None:
    """What a job does with the executor's signature of the desk."""
    stage = place.stage
    here = ActingHome(place.settings, stage.home, stage.engine, stage.now)
    browser = place.browser("ad1")
    answer = sends(browser, CASE, f"{CASE}/start", "wrong wrong wrong", remove_sources="yes", witness="係")  # fmt: skip
    assert answer.status == 422 and 'name="witness" value="係"' in answer.text
    assert 'name="remove_sources"' in answer.text and "checked" not in answer.text
    answer = sends(browser, CASE, f"{CASE}/start", remove_sources="yes")
    assert answer.status == 303, answer.text
    duty.executed(here, stage.actor("ad1"), "E-0001")


def test_an_erasure_goes_from_its_application_to_its_certificate_at_the_desk(place: Place) -> None:
    stage = place.stage
    officer, manager = place.browser("pm1"), place.browser("mg1")
    assert APPLY in manager.get("/erasures").text
    counted = manager.get(COUNTED).text
    for told in (f"消去の対象　{OLD}件", "通話録音", "2023-11-20", "m-a、m-b", "保存日数内 2件"):
        assert told in counted, told
    assert not all_cases(stage.engine), "counting enters nothing"
    assert applies(manager).header("location") == CASE
    text = manager.get(CASE).text
    assert "市の承諾と、その記録" in text and "できる人：責任者（MG）、保護管理者" in text
    (paper,) = set(re.findall(r'href="(/papers/erasure_application/[^"]+)"', text))
    assert manager.get(paper).status == 200
    assert consents(manager, stage).header("location") == CASE
    for browser, more in ((officer, {"executor": "ad1"}), (manager, {})):
        assert sends(browser, CASE, CASE, **more).status == 303
    assert "（できる人：ad1）" in manager.get(CASE).text
    executed(place)
    verifier = place.browser("sv1")
    assert "申請者・実施者を除く" in verifier.get(CASE).text
    assert f"{CASE}/verify" not in manager.get(CASE).text, "the applicant does not look"
    answer = sends(verifier, CASE, f"{CASE}/verify")
    assert answer.header("location") == CASE, answer.text
    assert all_cases(stage.engine)[0].state is CaseState.CERTIFIED
    assert 'href="/certificates"' in verifier.get(CASE).text
    assert "E-0001" in verifier.get("/certificates").text
    for action, who in (
        ("erasure_applied", "mg1"), ("consent_recorded", "mg1"), ("erasure_verified", "sv1"), ("certificate_made", "sv1"),
    ):  # fmt: skip
        assert [one[0] for one in place.drained(action)] == [who], action


def test_what_is_refused_comes_back_as_it_was_typed_but_for_the_passphrase(place: Place) -> None:
    stage, officer = place.stage, place.browser("pm1")
    applies(officer)
    typed = {"number": "第123号<b>", "conditions": "立会いのもと", "expires_on": "2024-02-29", "evidence_kind": "mail", "witness": "yes"}  # fmt: skip
    later = f"{stage.now.date() + timedelta(days=9)}"
    for wrong in ({"dated_on": later}, {"passphrase": "wrong wrong wrong"}):
        answer = consents(officer, stage, **{**typed, **wrong})
        assert answer.status == 422, answer.text
        for shown in (
            'value="第123号&lt;b&gt;"', 'value="立会いのもと"', 'value="2024-02-29"', 'value="高齢福祉課長"', f'value="{OLD}"',
            f'value="{EVIDENCE.upper()}"', '<option value="mail" selected>', 'value="yes" checked',
            f'value="{wrong.get("dated_on", stage.now.date())}"',
        ):  # fmt: skip
            assert shown in answer.text, shown
        assert "wrong wrong" not in answer.text
    answer = sends(officer, COUNTED, APPLY, "wrong wrong wrong", planned_on="2024-02-10", witness="yes")  # fmt: skip
    assert answer.status == 422 and "wrong wrong" not in answer.text
    assert 'name="planned_on" value="2024-02-10"' in answer.text
    assert 'name="witness" value="yes" checked' in answer.text
    answer = sends(officer, APPLY, "/erasures/designation", method="return", dated_on="2023-12-01",
                   evidence_kind="minutes", evidence_sha256="no digest")  # fmt: skip
    assert answer.status == 422
    for shown in (
        'value="2023-12-01"', 'value="no digest"', '<option value="return" selected>', '<option value="minutes" selected>',
    ):  # fmt: skip
        assert shown in answer.text, shown


@pytest.mark.parametrize("step", ["application", "designation", "E-0001/consent", "E-0001/withdraw", "E-0001/paper", "E-0001/verify"])  # fmt: skip
def test_a_step_is_refused_to_whoever_may_not_and_noted(place: Place, step: str) -> None:
    stage = place.stage
    place.case = stage.apply()
    place.add("op1", Role.OPERATOR)
    place.add("ci1", Role.CITY_VIEWER)
    before = [(one.case_id, one.state) for one in all_cases(stage.engine)]
    others = {"op1", "ci1", "ad1", "sv1", "cp1"} - ({"sv1", "cp1"} if "verify" in step else set())
    for staff_id in sorted(others):
        browser = place.browser(staff_id)
        fields = {"csrf": browser.csrf("/"), "passphrase": PASSPHRASE}
        assert browser.post(f"/erasures/{step}", fields).status == 403, staff_id
    assert [(one.case_id, one.state) for one in all_cases(stage.engine)] == before
    assert {one[0] for one in place.noted("right_used") if one[2] == "refused"} == others


def test_a_session_alone_takes_no_step_and_mistyped_forms_win_no_more_tries(place: Place) -> None:
    stage = place.stage
    browser = place.browser("mg1")
    for minute in range(5):
        stage.now += timedelta(minutes=minute)
        assert UNPROVED in applies(browser, "wrong wrong wrong").text
        assert "処理予定日" in applies(browser, "x", planned_on="soon").text
    assert UNPROVED in applies(browser).text, "five wrong ones wait, whatever was mistyped between"
    assert not all_cases(stage.engine)
    stage.now += timedelta(minutes=16)
    assert applies(browser).header("location") == CASE


def test_what_moved_since_it_was_counted_is_not_applied_for(place: Place) -> None:
    manager = place.browser("mg1")
    for forged in ("", "0" * 64):
        answer = applies(manager, looked=forged)
        assert answer.status == 422 and "変わりました" in answer.text
    later = applies(manager, until="2023-11-19")
    assert later.status == 422 and "変わりました" in later.text, "other days than were shown"
    assert not all_cases(place.stage.engine)


def test_a_consent_says_what_the_city_said_or_is_not_kept(place: Place) -> None:
    stage = place.stage
    place.case = stage.apply()
    manager = place.browser("mg1")
    for wrong, said in (
        ({"evidence_sha256": "abc"}, "照合値"), ({"evidence_kind": "rumour"}, "証拠の種類"), ({"count": "三"}, "件数"),
        ({"from_office": "課" * 61}, "部署・番号は60字、条件は200字以内です。"), ({"number": "1" * 61}, "部署・番号は60字"),
        ({"from_office": " "}, "部署又は職"), ({"dated_on": "2099-01-01"}, "承諾の日付"), ({"dated_on": ""}, "承諾の日"),
        ({"conditions": "x" * 201}, "200字"), ({"looked": "0" * 64}, "変わりました"),
    ):  # fmt: skip
        answer = consents(manager, stage, **wrong)
        assert answer.status == 422 and said in answer.text, wrong
    assert consent_of(stage.engine, "E-0001") is None
    assert consents(manager, stage).status == 303
    kept = consent_of(stage.engine, "E-0001")
    assert kept and (kept.evidence_sha256, kept.items_count, kept.recorded_by) == (EVIDENCE, OLD, "mg1")  # fmt: skip


def test_an_application_is_taken_back_until_it_is_begun(place: Place) -> None:
    stage = place.stage
    place.case = stage.apply()
    officer = place.browser("pm1")
    page = f"{CASE}/consent"
    assert UNPROVED in sends(officer, page, f"{CASE}/withdraw", "wrong wrong wrong").text
    assert sends(officer, page, f"{CASE}/withdraw").header("location") == CASE
    assert stage.case(place.case).state is CaseState.WITHDRAWN
    text = officer.get(page).text
    assert "passphrase" not in text and "記録できません" in text


def test_without_the_city_s_word_nothing_is_applied_for(place: Place) -> None:
    stage = place.stage
    with stage.engine.begin() as connection:
        connection.execute(delete(designations))
    manager = place.browser("mg1")
    text = manager.get(COUNTED).text
    assert (
        "市の指定がまだ記録されていません" in text and f'method="post" action="{APPLY}"' not in text
    )
    typed = {"method": "cryptographic_erase", "dated_on": f"{stage.now.date()}", "evidence_kind": "mail", "evidence_sha256": EVIDENCE}  # fmt: skip
    for wrong in ({"method": "fire"}, {"dated_on": "2099-01-01"}, {"evidence_sha256": ""}):
        assert sends(manager, APPLY, "/erasures/designation", **{**typed, **wrong}).status == 422
    assert sends(manager, APPLY, "/erasures/designation", **typed).status == 303
    assert applies(manager).header("location") == CASE


def test_whoever_applied_or_executed_does_not_verify(place: Place) -> None:
    stage = place.stage
    place.case = stage.apply()
    stage.consent(place.case)
    stage.authorise(place.case, "pm1", "cp1")
    executed(place)
    manager = place.browser("mg1")
    looked = re.search(r'name="looked" value="([0-9a-f]+)"', place.browser("sv1").get(CASE).text)
    assert looked
    fields = {"csrf": manager.csrf("/"), "looked": looked.group(1), "passphrase": PASSPHRASE}
    answer = manager.post(f"{CASE}/verify", fields)
    assert answer.status == 422 and stage.case(place.case).state is CaseState.EXECUTED
    assert [one[2] for one in place.drained("erasure_verified")] == ["refused"]


def test_a_step_that_a_run_stands_in_the_way_of_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.erasure_steps._WAIT_SECONDS", 0.1)
    manager = place.browser("mg1")
    with run_lock(place.stage.home):
        answer = applies(manager)
    assert answer.status == 422 and "処理が動いています" in answer.text
    assert not all_cases(place.stage.engine)


def test_odd_selections_are_answered(place: Place) -> None:
    manager = place.browser("mg1")
    for odd in ({"kind": "<b>"}, {"kind": "", "from": "x"}, {"kind": "pseudonym_key"}):
        assert manager.get(f"{APPLY}?{urlencode(odd)}").status == 422, odd
    assert "ありません" in manager.get(f"{APPLY}?kind=call&medium=%3Cb%3E").text
