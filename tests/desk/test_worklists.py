"""Worklists and papers at the desk: who sees what, nothing by a name that was typed, confirmed with the own passphrase only."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

import pytest

from application.duties import Duty, Urgency
from application.handing_over import PaperState
from application.open_matters import OpenMatters
from application.target_shares import Judged, TargetShares
from application.today import PaperToday, Yesterday
from compliance.backup.register import BackupEvent
from compliance.contract.terms import Definition
from compliance.erasure.certificate import certificate_keys
from compliance.errors import HomeBusy, HomeDamaged, KeyUnavailable
from compliance.inquiries.follow_up import Urgent
from compliance.people.rights import Role
from desk.middleware import STRICT
from desk.signature import UNPROVED
from reporting.erasure.kind import FOLDER
from tests.desk.conftest import AT, MORNING, PASSWORD, Answer, Browser, Desk
from tests.support.desk_shelf import (
    GONE,
    OTHER,
    PASSPHRASE,
    PDF,
    SEALED,
    FakeShelf,
    edition,
    looked,
)

WEEK = "/papers/weekly/2023-11-20"


CERTIFIED = ("個人情報消去報告書_E-0001.pdf", "verify.html")
STAFF = {
    "ci1": Role.CITY_VIEWER, "op1": Role.OPERATOR, "sv1": Role.SUPERVISOR, "mg1": Role.MANAGER,
    "pm1": Role.OFFICER, "cp1": Role.CHIEF_OFFICER, "ad1": Role.ADMINISTRATOR,
}  # fmt: skip


@pytest.fixture
def shelf(desk: Desk) -> FakeShelf:
    made = FakeShelf()
    desk.shelf = made.as_shelf()
    place = desk.home.outbox / FOLDER / "E-0001"
    place.mkdir(parents=True)
    for name in CERTIFIED:
        (place / name).write_bytes(b"abc")
    for staff_id in STAFF.keys() - {"op1", "sv1", "ad1"}:
        desk.add(staff_id, STAFF[staff_id])
    return made


#                                      市  OP  SV  MG  保  総  管
SEEN = {
    "/today":                           "403 403 200 200 403 403 403",
    "/papers":                          "200 403 200 200 200 200 200",
    WEEK:                               "200 403 200 200 200 200 200",
    "/papers/voices/2023-11-20":        "404 403 200 200 200 200 200",
    "/papers/none/2023-11-20":          "404 403 404 404 404 404 404",
    f"{WEEK}/1/{PDF}":                  "200 403 200 200 200 200 200",
    f"{WEEK}/1/{SEALED}":               "403 403 200 200 403 403 403",
    f"/papers/voices/2023-11-20/1/{PDF}": "404 403 200 200 200 200 200",
    "/definitions":                     "200 403 200 200 200 200 200",
    "/certificates":                    "200 403 200 200 200 200 200",
    "/certificates/E-0001/verify.html": "200 403 200 200 200 200 200",
}  # fmt: skip


@pytest.mark.parametrize(("at", "staff_id"), list(enumerate(STAFF)))
def test_each_role_sees_its_own(desk: Desk, shelf: FakeShelf, at: int, staff_id: str) -> None:
    browser = desk.entered(staff_id)
    for path, told in SEEN.items():
        stranger = desk.browser()
        assert stranger.get(path).header("location") == "/login"
        assert stranger.get(path, accept="application/json").status == 401
        answer = browser.get(path)
        assert answer.status == int(told.split()[at]), path
        assert all(answer.header(name) == value for name, value in STRICT.items())
        if answer.header("content-type").startswith("text/html"):
            assert "<style" not in answer.text and "<script>" not in answer.text
        if answer.status == 403:
            assert desk.noted()[-1][1::2] == ("right_used", "refused")


@pytest.mark.parametrize(
    ("staff_id", "papers"), [("ci1", 1), ("op1", 0), ("sv1", 1), ("mg1", 1), ("ad1", 1)]
)
def test_the_first_page_leads_where_somebody_may_go(
    desk: Desk, shelf: FakeShelf, staff_id: str, papers: int
) -> None:
    text = desk.entered(staff_id).get("/").text
    menu, _, main = text.partition("<main")
    assert menu.count('href="/papers"') == papers
    has_morning = staff_id in ("sv1", "mg1")
    assert ('class="entrance"' in main) is not has_morning, "no first page is empty"
    assert has_morning or main.count('href="/papers"') == papers
    assert ("責任者の確認待ち" in text) is (staff_id in ("sv1", "mg1"))


def test_the_city_sees_what_was_handed_over_only(desk: Desk, shelf: FakeShelf) -> None:
    shelf.made = [GONE, edition(2), OTHER]
    desk.add("ci2", Role.CITY_VIEWER)
    city, manager = desk.entered("ci1"), desk.entered("mg1")
    listed = city.get("/papers").text
    assert "第1版" in listed and "第2版" not in listed and "voices" not in listed
    assert "第2版" in manager.get("/papers").text and "別紙&lt;b&gt;" in manager.get("/papers").text
    assert "第1版" in city.get(WEEK).text and "第2版" not in city.get(WEEK).text
    assert city.get(f"{WEEK}?edition=2").status == city.get(f"{WEEK}/2/{PDF}").status == 404
    assert manager.get(f"{WEEK}?edition=2").status == 200
    forms = re.findall(r'<form [^>]*action="([^"]+)"[^>]*>(.*?)</form>', city.get(WEEK).text, re.S)
    taking = [action for action, form in forms if "passphrase" in form]
    assert taking == [f"{WEEK}/1/{quote(SEALED)}"], "what is sealed, and nothing to confirm"
    assert "passphrase" not in desk.entered("sv1").get(WEEK).text


TYPED = [
    "1/../../operations.db", "1/%2e%2e%2foperations.db", "1/..", "1/.", "1/manifest.json", "1//etc/passwd",
    f"1/{PDF}/..", f"1/{PDF}\x00", f"1/{PDF}.sealed", f"0/{PDF}", f"01/{PDF}", f"+1/{PDF}", f"１/{PDF}",
    f"{'9' * 6000}/{PDF}", f"x/{PDF}",
]  # fmt: skip


def test_no_path_is_made_of_what_was_typed(desk: Desk, shelf: FakeShelf) -> None:
    browser = desk.entered("mg1")
    for below in TYPED:
        assert browser.get(f"{WEEK}/{below}").status == 404, below
        assert browser.get(f"/certificates/{below}").status == 404, below
        name = below.partition("/")[2]
        assert browser.get(f"/certificates/E-0001/{name}").status == 404, below
    for odd in ("..", "%2e%2e", "2023-11-20%00"):
        assert browser.get(f"/papers/weekly/{odd}").status == 404
    assert shelf.asked == []


def test_a_file_is_saved_and_never_shown(desk: Desk, shelf: FakeShelf) -> None:
    browser = desk.entered("ci1")
    answer = browser.get(f"{WEEK}/1/{PDF}")
    assert answer.body == b"content" and answer.header("content-type") == "application/pdf"
    assert answer.header("content-disposition") == (
        f"attachment; filename=\"______________1__.pdf\"; filename*=UTF-8''{quote(PDF)}".replace(
            "______________1__", "".join(c if c.isascii() else "_" for c in PDF[:-4])
        )
    )
    page = browser.get("/certificates/E-0001/verify.html")
    assert page.header("content-type") == "application/octet-stream"
    assert page.header("content-disposition").startswith("attachment; ")
    assert page.body == b"abc"
    key = certificate_keys(desk.home).signing_key().public.fingerprint
    text = browser.get("/certificates").text
    assert key in text and all(name in text for name in CERTIFIED)
    assert "ダブルクリック" in text and "madoguchi verify" in text


def test_what_quotes_callers_is_opened_under_a_name(desk: Desk, shelf: FakeShelf) -> None:
    answer = desk.entered("sv1").get(f"{WEEK}/1/{SEALED}")
    assert answer.body == b"words"
    assert answer.header("content-disposition").endswith(quote(SEALED.removesuffix(".sealed")))
    assert shelf.asked == [("unsealed", SEALED, "sv1", "desk")]


@pytest.mark.parametrize(
    ("error", "status"), [(HomeDamaged("/secret/place"), 409), (KeyUnavailable("/secret/key"), 410)]
)
def test_what_cannot_be_given_says_why_and_no_place(
    desk: Desk, shelf: FakeShelf, error: Exception, status: int
) -> None:
    shelf.fails = error
    answer = desk.entered("mg1").get(f"{WEEK}/1/{SEALED}")
    assert answer.status == status and "secret" not in answer.text


def confirms(browser: Browser, passphrase: str = PASSPHRASE, **changes: str) -> Answer:
    path = "/papers/voices/2023-11-20"
    return browser.post(path, {**looked(browser, path), "passphrase": passphrase, **changes})


def test_the_manager_confirms_what_was_looked_at(desk: Desk, shelf: FakeShelf) -> None:
    browser = desk.entered("mg1")
    assert f'action="{WEEK}"' not in browser.get(WEEK).text, "confirmed already"
    assert confirms(browser).header("location") == "/papers/voices/2023-11-20"
    assert shelf.asked == [("confirm", "mg1", "voices", "2023-11-20", "1")]


def test_what_a_paper_says_in_two_ways_is_shown_and_taken_upon_oneself(
    desk: Desk, shelf: FakeShelf
) -> None:
    shelf.found = ("1120-0903：現状は終結ですが、折返しが済んでいません。",)
    browser = desk.entered("mg1")
    assert shelf.found[0] in browser.get("/papers/voices/2023-11-20").text
    refused = confirms(browser)
    assert refused.status == 422 and "食い違い" in refused.text and not shelf.asked
    refused = confirms(browser, "wrong wrong wrong", despite="1")
    assert refused.status == 422 and 'name="despite"' in refused.text
    assert not re.search(r'name="despite"[^>]*checked', refused.text), "said anew each time"
    assert confirms(browser, despite="1").status == 303


RECEIPT = "/papers/weekly/2023-11-20/receipt"


@pytest.mark.parametrize("who", ["mg1", "sv1"])
def test_whoever_tells_the_city_notes_its_receipt(desk: Desk, shelf: FakeShelf, who: str) -> None:
    shelf.made = [GONE]
    browser = desk.entered(who)
    text = browser.get("/papers/weekly/2023-11-20").text
    assert 'name="number"' in text
    fields = {
        "csrf": browser.csrf(WEEK),
        "edition": "1",
        "on": "2023-11-20",
        "number": "第5号",
        "passphrase": PASSPHRASE,
    }
    for wrong, said in (
        ({"on": ""}, "日付"),
        ({"number": "x" * 65}, "64字"),
        ({"passphrase": "wrong"}, UNPROVED),
    ):
        answer = browser.post(RECEIPT, {**fields, **wrong})
        assert answer.status == 422 and said in answer.text
    assert browser.post(RECEIPT, {**fields, "edition": "9"}).status == 404
    assert browser.post(RECEIPT, fields).header("location") == "/papers/weekly/2023-11-20"
    assert shelf.asked == [("receive", who, "weekly", "2023-11-20", "1", "2023-11-20", "第5号")]


def test_what_was_typed_for_one_edition_is_not_filled_in_for_another(
    desk: Desk, shelf: FakeShelf
) -> None:
    shelf.made = [GONE]
    browser = desk.entered("mg1")
    fields = {**looked(browser, WEEK), "on": "2023-11-20", "number": "第5号", "passphrase": "wrong"}
    assert fields["data_sha256"] == GONE.data_sha256
    assert 'value="第5号"' in browser.post(RECEIPT, fields).text
    for now in ([replace(GONE, data_sha256="7" * 64)], [GONE, replace(GONE, edition=2)]):
        shelf.made = now
        answer = browser.post(RECEIPT, fields)
        assert (
            answer.status == 422 and 'name="number"' in answer.text and "第5号" not in answer.text
        )


def test_a_receipt_is_offered_only_where_something_was_handed_over(
    desk: Desk, shelf: FakeShelf
) -> None:
    browser = desk.entered("mg1")
    for state in ("責任者確認待ち", "確認済み（未提出）", "受領済み"):
        shelf.made = [replace(GONE, state=state, awaits_receipt=False)]
        assert 'name="number"' not in browser.get("/papers/weekly/2023-11-20").text


def test_a_paper_made_anew_since_is_not_confirmed(desk: Desk, shelf: FakeShelf) -> None:
    browser = desk.entered("mg1")
    path = "/papers/voices/2023-11-20"
    fields = {**looked(browser, path), "passphrase": PASSPHRASE}
    for later in (replace(OTHER, data_sha256="7" * 64), replace(OTHER, edition=2)):
        shelf.made = [OTHER, later] if later.edition == 2 else [later]
        answer = browser.post(path, fields)
        assert answer.status == 422 and "作り直されました" in answer.text
    for number in ("2222", "", "x"):
        assert browser.post(path, {**fields, "edition": number}).status == 404
    assert shelf.asked == []


def test_a_wrong_passphrase_is_told_the_same_counted_and_kept_nowhere(
    desk: Desk, shelf: FakeShelf, caplog: pytest.LogCaptureFixture
) -> None:
    browser = desk.entered("mg1")
    for n in range(5):
        desk.now = AT + timedelta(minutes=n)
        answer = confirms(browser, "wrong wrong wrong")
        assert answer.status == 422 and UNPROVED in answer.text
        assert "wrong wrong" not in answer.text + caplog.text
    locked = confirms(browser)
    assert locked.status == 422 and UNPROVED in locked.text and shelf.asked == []
    assert desk.browser().log_in("mg1", PASSWORD).status == 429, "one table counts both"
    other = desk.browser(terminal="10.0.0.6")
    assert other.log_in("mg1", PASSWORD).status == 401, "by terminal and by staff id"
    desk.now = AT + timedelta(minutes=4 + 15)
    assert confirms(browser).status == 303
    with desk.engine.connect() as connection:
        for name in ("audit_outbox", "log_in_attempts"):
            rows = connection.exec_driver_sql(f"select * from {name}").fetchall()
            assert "wrong wrong" not in repr(rows)


def test_nobody_else_confirms_and_nothing_without_the_token(desk: Desk, shelf: FakeShelf) -> None:
    path = "/papers/voices/2023-11-20"
    fields = {"edition": "1", "data_sha256": "e" * 64, "passphrase": PASSPHRASE}
    for staff_id in STAFF.keys() - {"mg1"}:
        browser = desk.entered(staff_id)
        answer = browser.post(path, {**fields, "csrf": browser.csrf("/")})
        assert answer.status == 403, staff_id
    manager = desk.entered("mg1")
    assert manager.post(path, fields).status == 403
    assert manager.post(path, {**fields, "csrf": "0" * 64}).status == 403
    good = {**fields, "csrf": manager.csrf("/")}
    assert manager.post(path, good, origin="http://evil.test").status == 403
    assert shelf.asked == []


def test_the_morning_answers_in_its_order_and_says_what_next(desk: Desk) -> None:
    waits = PaperToday(
        "週次集計結果 第1週", "weekly", "2023-11-20", date(2023, 11, 27), 1, PaperState.MADE, Urgency.OVERDUE,
    )  # fmt: skip
    missing = replace(waits, title="業務完了届", kind="completion", edition=0, state=None)
    calls = tuple(("2023-11-20", str(n), None) for n in range(53))
    urgent = Urgent("Q-1", "1700438494.1", datetime(2023, 11, 20, 1, 0, tzinfo=UTC), None)
    desk.morning = replace(
        MORNING,
        papers=(waits, missing),
        yesterday=Yesterday(date(2023, 11, 17), 61, 52, 4, 3, 2, 5),
        floor=OpenMatters((urgent,), (), (), calls, None),
        duties=(Duty("許可の有効期限", "札幌の某", "N-1", date(2023, 11, 19), Urgency.OVERDUE),),
        open_erasure_tasks=2,
        drill=BackupEvent("drilled", AT, "madoguchi-20231119T173000.000000Z", "done", 1, 9, 9),
    )
    browser = desk.entered("sv1")
    for path in ("/today", "/"):
        text = browser.get(path).text
        places = [text.index(word) for word in (
            "本日・期限超過の書類", "<h2>責任者の確認待ち", "前営業日の数字", "緊急の電話の記録なし", "折返しの期限超過",
            "書き起こしのない伝言", "台帳の期限", "madoguchi-20231119T173000.000000Z　復元できました", "消去の残務",
        )]  # fmt: skip
        assert places == sorted(places)
        assert (
            text.count('href="/papers/weekly/2023-11-20"') == 2 and "/papers/completion" not in text
        )
        assert 'href="/inquiries/Q-1"' in text and "入電 61" in text and "N-1" in text
        assert "ほか 3 件" in text and "通話 49" in text and "通話 50" not in text
        assert "折り返し、" not in text, "nothing to do where nothing waits"
        for kind, told in (("answered", "応答 52"), ("overflow", "あふれ 4"), ("abandoned", "放棄 3"),
                           ("message", "預かり 2"), ("unrecorded", "記録のない応答 5")):  # fmt: skip
            assert f'<a href="/calls?on=2023-11-17&amp;which={kind}">{told}</a>' in text
        assert "札幌の某" not in text, "a label may hold a name"


def test_the_morning_says_targets_where_the_contract_has_them(desk: Desk) -> None:
    day = date(2023, 11, 17)
    target = TargetShares(
        "answer_rate", "応答率", "", 90.0, True, day, Judged(52, 61, False), Judged(950, 1000, True)
    )
    counted = replace(MORNING, yesterday=Yesterday(day, 61, 52, 4, 3, 2, 5))
    browser = desk.entered("sv1")
    desk.morning = counted
    assert "<h2>目標</h2>" not in browser.get("/today").text
    desk.morning = replace(counted, targets=(target,))
    text = browser.get("/today").text
    assert "応答率（全業務）90%以上" in text and "11月の累計" in text
    assert '<td class="wrong"><a href="/calls?on=2023-11-17&amp;which=inbound">85.2% 未達成</a></td><td>95.0% 達成</td>' in text  # fmt: skip


def test_while_the_warehouse_is_built_the_links_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def building() -> None:
        raise HomeBusy("A run builds the warehouse now.")

    browser = desk.entered("sv1")
    services = replace(desk.services(), morning=building, unrecorded=building)  # type: ignore[arg-type]
    monkeypatch.setattr(desk, "services", lambda: services)
    busy = Browser(desk.app(), cookies=browser.cookies)
    assert busy.get("/today").status == 503
    counts = busy.get("/counts", accept="application/json").json["counts"]
    assert "/callbacks" in counts and "/calls" not in counts, "what is not known has no number"
    first = busy.get("/")
    assert first.status == 200 and "集計中" in first.text and 'href="/papers"' in first.text


def test_the_definitions_in_force(desk: Desk) -> None:
    def one(version: str, day: int) -> Definition:
        return Definition(name="answer_rate", version=version, valid_from=date(2023, 11, day),
                          title="応答率", formula=f"式{version} a<b")  # fmt: skip

    desk.definitions = (one("3", 21), one("2", 20), one("1", 1))
    now, _, later = desk.entered("ad1").get("/definitions").text.partition("これから適用される")
    assert "式2 a&lt;b" in now and "式1" not in now and "式3" not in now and "式3" in later


def test_the_city_gives_its_own_receipt_of_what_it_has(desk: Desk, shelf: FakeShelf) -> None:
    browser = desk.entered("ci1")
    text = browser.get(WEEK).text
    assert "受領を記録する" in text and 'name="passphrase"' in text
    form = {
        "csrf": browser.csrf(WEEK),
        "edition": "1",
        "on": "2023-11-27",
        "number": "収受1",
        "passphrase": PASSPHRASE,
    }
    assert browser.post(f"{WEEK}/receipt", {**form, "on": "x"}).status == 422
    assert browser.post(f"{WEEK}/receipt", {**form, "passphrase": ""}).status == 422, (
        "a session gives none"
    )
    other = "/papers/voices/2023-11-20/receipt"
    assert browser.post(other, form).status == 404, "the city has not got it"
    assert browser.post(f"{WEEK}/receipt", form).status == 303
    assert shelf.asked == [("receive", "ci1", "weekly", "2023-11-20", "1", "2023-11-27", "収受1")]
