"""A paper is handed over at the desk by whoever may tell the city and opens their own key; nobody else, nothing unconfirmed, once."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from application.home.session import read_settings
from application.home.settings import Settings
from compliance.deliverables.edition import Deliverable
from compliance.deliverables.handed_over import deliveries_of
from compliance.deliverables.register import confirm
from compliance.deliverables.under_way import begin
from compliance.ground.acts import Actor
from compliance.people.rights import Role
from compliance.sign_in import passwords
from compliance.sign_in.accounts import open_account
from desk.app import build_desk
from desk.signature import UNPROVED
from orchestration.gateway.composition import services_of
from tests.desk.conftest import PASSWORD, Answer, Browser
from tests.homes import ROOT
from tests.support.complaint_desk import CASE, WORDS, Desk, contract, desk
from tests.support.desk_of_a_home import FIRST, NOW, PDF, noted, settings, week
from tests.support.people import PASSPHRASE, found_home, let_in

__all__ = ["contract", "desk", "settings"]
PATH = "/papers/weekly/2023-11-20"
MG = Actor("mg1", NOW, proof="f" * 64)
Entered = Callable[[str], Browser]


@pytest.fixture
def entered(desk: Desk, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Entered:
    """Somebody at the desk of a home where mg1 and sv1 tell the city, and op1, pm1, ad1 and ci1 do not; all have keys."""
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    found_home(desk.engine, desk.home, NOW, FIRST)
    for staff_id, role in (("op1", Role.OPERATOR), ("ci1", Role.CITY_VIEWER)):
        let_in(desk.engine, desk.home, staff_id, role, NOW, FIRST)
    return lambda staff_id: browser_of(desk, settings, staff_id)


def browser_of(desk: Desk, settings: Settings, staff_id: str) -> Browser:
    services = services_of(settings, desk.home, desk.engine, lambda: NOW, is_tls=False)
    browser = Browser(build_desk(replace(services, wall=lambda: NOW)))
    first = open_account(desk.engine, MG, staff_id)
    browser.log_in(staff_id, first)
    fields = {"csrf": browser.csrf("/password"), "present": first, "new": PASSWORD, "again": PASSWORD, "passphrase": PASSPHRASE}  # fmt: skip
    assert browser.post("/password", fields).header("location") == "/"
    return browser


def delivers(browser: Browser, path: str = PATH, **changes: str) -> Answer:
    """What the form of the page says, with the passphrase."""
    digest = re.search(r'name="data_sha256" value="([0-9a-f]+)"', browser.get(path).text)
    given = {
        "csrf": browser.csrf("/"), "edition": "1", "data_sha256": digest.group(1) if digest else "1" * 64,
        "medium": "媒体A", "passphrase": PASSPHRASE, **changes,
    }  # fmt: skip
    return browser.post(f"{path}/delivery", given)


def gone(desk: Desk, kind: str = "weekly") -> list[tuple[str, str, str]]:
    found = deliveries_of(desk.engine, kind, "2023-11-20" if kind == "weekly" else "2023-12-28")
    return [(one.destination, one.delivered_by, one.manifest_sha256) for one in found]


def test_a_supervisor_takes_a_confirmed_paper_along_and_it_is_noted_once(
    desk: Desk, entered: Entered
) -> None:
    paper, browser = week(desk), entered("sv1")
    assert "責任者の確認の後に提出できます" in browser.get(PATH).text
    refused = delivers(browser)
    assert refused.status == 422 and "責任者の確認がまだです" in refused.text and gone(desk) == []
    confirm(desk.engine, MG, paper)
    answer = delivers(browser)
    assert (answer.status, answer.header("content-type")) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    assert files["weekly/2023-11-20/週次集計結果.pdf"] == PDF
    manifest = files["weekly/2023-11-20/manifest.json"]
    assert gone(desk) == [("媒体A", "sv1", hashlib.sha256(manifest).hexdigest())]
    assert noted(desk.engine)[-1] == ("sv1", "paper_delivered", "weekly/2023-11-20/r1", "done", "desk")  # fmt: skip
    text = browser.get(PATH).text
    assert "提出済み" in text and "媒体A（sv1）" in text
    assert delivers(browser).body == answer.body and len(gone(desk)) == 1, "once more, noted once"
    receipt = {
        "csrf": browser.csrf("/"), "edition": "1", "data_sha256": paper.data_sha256, "on": "2024-01-04", "number": "第5号",
        "passphrase": PASSPHRASE,
    }  # fmt: skip
    for wrong in ({"passphrase": "wrong wrong wrong"}, {"on": "2024-13-04"}):
        answer = browser.post(f"{PATH}/receipt", {**receipt, **wrong})
        assert answer.status == 422 and "wrong wrong" not in answer.text
        assert 'name="number" value="第5号"' in answer.text
        assert f'value="{wrong.get("on", "2024-01-04")}" required' in answer.text
        assert 'name="medium" value="媒体A"' in answer.text, "another form stands as it was"
    assert browser.post(f"{PATH}/receipt", receipt).status == 303
    text = browser.get(PATH).text
    assert "第5号" in text and "受領済み" in text and "delivery" not in text


@pytest.mark.parametrize("staff_id", ["op1", "pm1", "ad1", "ci1"])
def test_whoever_does_not_tell_the_city_hands_nothing_over(
    desk: Desk, entered: Entered, staff_id: str
) -> None:
    confirm(desk.engine, MG, week(desk))
    browser = entered(staff_id)
    assert "/delivery" not in browser.get(PATH).text
    assert delivers(browser).status == 403 and gone(desk) == []
    assert [one for one in noted(desk.engine) if one[0] == staff_id and one[3] == "refused"]


def test_a_session_without_the_own_passphrase_hands_nothing_over(
    desk: Desk, entered: Entered
) -> None:
    confirm(desk.engine, MG, week(desk))
    browser = entered("mg1")
    for wrong, said in (
        ({"passphrase": "wrong wrong wrong"}, UNPROVED), ({"passphrase": ""}, UNPROVED),
        ({"data_sha256": "2" * 64}, "作り直された"), ({"medium": " "}, "媒体の名"), ({"medium": "x" * 65}, "媒体の名"),
    ):  # fmt: skip
        answer = delivers(browser, **wrong)
        assert answer.status == 422 and said in answer.text, wrong
        typed = "媒体" if "data_sha256" in wrong else wrong.get("medium", "媒体A")
        assert f'name="medium" value="{typed}"' in answer.text, "of what was looked at only"
        assert "wrong wrong" not in answer.text
    assert delivers(browser, edition="2").status == 404 and gone(desk) == []
    assert "wrong wrong" not in repr(noted(desk.engine))


def test_a_paper_with_a_destination_goes_there_and_on_no_medium(
    desk: Desk, entered: Entered, settings: Settings, tmp_path: Path
) -> None:
    confirm(desk.engine, MG, week(desk))
    there = tmp_path / "city"
    browser = browser_of(desk, to_folder(settings, tmp_path, there), "mg1")
    assert 'name="medium"' not in browser.get(PATH).text
    answer = delivers(browser)
    assert answer.status == 422 and "がありません" in answer.text and gone(desk) == []
    there.mkdir()
    assert delivers(browser).header("location") == PATH
    assert (there / PATH.removeprefix("/papers/") / "週次集計結果.pdf").read_bytes() == PDF
    assert [(where, who) for where, who, _ in gone(desk)] == [("city", "mg1")]
    assert "/delivery" not in browser.get(PATH).text, "what was sent is not sent again"


def test_a_mail_in_doubt_is_settled_by_what_the_city_says(
    desk: Desk, entered: Entered, settings: Settings, tmp_path: Path
) -> None:
    paper: Deliverable = week(desk)
    confirm(desk.engine, MG, paper)
    there = tmp_path / "city"
    there.mkdir()
    browser = browser_of(desk, to_folder(settings, tmp_path, there), "sv1")
    begin(desk.engine, MG, paper, "city", "c" * 64)
    assert 'name="outcome"' in browser.get(PATH).text
    for said in ("", "maybe"):
        answer = delivers(browser, outcome=said)
        assert answer.status == 422 and "市に確かめて" in answer.text and gone(desk) == []
    assert delivers(browser, outcome="arrived").status == 303
    assert gone(desk) == [("city", "sv1", "c" * 64)] and list(there.iterdir()) == []


def test_what_quotes_callers_leaves_open_and_its_words_stand_nowhere_else(
    desk: Desk, entered: Entered
) -> None:
    desk.enter(CASE)
    desk.issue()
    path, browser = "/papers/complaints/2023-12-28", entered("mg1")
    form = {"csrf": browser.csrf("/"), "edition": "1", "passphrase": PASSPHRASE}
    digest = re.search(r'name="data_sha256" value="([0-9a-f]+)"', browser.get(path).text)
    assert digest
    despite = {"despite": "1", "data_sha256": digest.group(1)}
    assert browser.post(path, {**form, **despite}).status == 303
    answer = delivers(browser, path)
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        names = archive.namelist()
    assert any(name.endswith(".pdf") for name in names)
    assert not any(name.endswith(".sealed") for name in names)
    assert [who for _, who, _ in gone(desk, "complaints")] == ["mg1"]
    assert WORDS not in repr(noted(desk.engine))


def to_folder(settings: Settings, tmp_path: Path, there: Path) -> Settings:
    """The home with a contract file that sends the weekly paper into a folder."""
    text = (ROOT / "contracts/sapporo-2023/contract.toml").read_text(encoding="utf-8")
    text = text.replace('kind = "weekly"', 'kind = "weekly"\ndestination = "city"', 1)
    config = tmp_path / "with-city.toml"
    lines = ["[[destinations]]", 'name = "city"', 'way = "folder"', f'target = "{there}"']
    config.write_text("\n".join([text, *lines]), encoding="utf-8")
    contract = read_settings(config, settings.home_root, environment={}).contract
    return replace(settings, contract=contract)


def test_the_list_says_what_is_owed_and_not_made_but_not_to_the_city(
    desk: Desk, entered: Entered
) -> None:
    week(desk)
    text = entered("mg1").get("/papers").text
    assert "まだ作成されていない書類" in text and "期限超過" in text
    assert "まだ作成されていない書類" not in entered("ci1").get("/papers").text


def test_what_quotes_callers_never_leaves_without_an_entry_of_whoever_took_it(
    desk: Desk, entered: Entered
) -> None:
    path, manager, supervisor = "/papers/complaints/2023-12-28", entered("mg1"), entered("sv1")
    desk.enter(CASE)
    desk.issue()
    form = {"csrf": manager.csrf("/"), "edition": "1", "despite": "1", "passphrase": PASSPHRASE}
    shown = re.search(r'name="data_sha256" value="([0-9a-f]+)"', manager.get(path).text)
    assert shown
    digest = shown.group(1)
    assert manager.post(path, {**form, "data_sha256": digest}).status == 303
    first = delivers(supervisor, path)
    for who, staff_id in ((supervisor, "sv1"), (manager, "mg1")):
        before = len(noted(desk.engine))
        assert delivers(who, path, data_sha256=digest).body == first.body
        new = [one[:2] for one in noted(desk.engine)[before:]]
        assert (staff_id, "paper_opened") in new
    receipt = {"csrf": manager.csrf("/"), "edition": "1", "on": "2024-01-04", "number": "第5号", "passphrase": PASSPHRASE}  # fmt: skip
    assert manager.post(f"{path}/receipt", receipt).status == 303
    for medium in ("媒体A", "自宅用"):
        late = delivers(supervisor, path, data_sha256=digest, medium=medium)
        assert late.status == 422 and "市が受領した書類です" in late.text
    assert [one[0] for one in gone(desk, "complaints")] == ["媒体A"]


@pytest.mark.parametrize("outcome", ["arrived", "lost"])
def test_whoever_says_what_became_of_a_mail_has_an_entry(
    desk: Desk, entered: Entered, settings: Settings, tmp_path: Path, outcome: str
) -> None:
    entered("mg1")
    paper = week(desk)
    confirm(desk.engine, MG, paper)
    browser = browser_of(desk, to_folder(settings, tmp_path, tmp_path / "city"), "sv1")
    begin(desk.engine, MG, paper, "city", "c" * 64)
    before = len(noted(desk.engine))
    delivers(browser, outcome=outcome)  # the folder is not there: said, and not sent
    acts = [one[:2] for one in noted(desk.engine)[before:]]
    assert ("sv1", f"mail_said_{outcome}") in acts
