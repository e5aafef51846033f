"""The access of the web: what passes without a session, from elsewhere, too large, too often or too late."""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from starlette.responses import PlainTextResponse

from compliance.ground.acts import SYSTEM, Actor, Purpose
from compliance.people.register import change
from compliance.people.rights import Role
from compliance.sign_in.accounts import REFUSED
from compliance.sign_in.sessions import digest_of
from compliance.sign_in.totp import code_at, step_of
from desk.middleware import (
    BY_TLS_ONLY,
    ENTRANCE,
    SESSION,
    STRICT,
    WITH_SOUND,
    AccessMiddleware,
    name_of,
    terminal,
)
from desk.offers import KEPT_FOR
from desk.site import PATHS
from tests.desk.conftest import AT, FIRST, HOST, KEY, PASSWORD, Browser, Desk

CLOSED = [
    *sorted(PATHS - {"/login", "/healthz"}),
    "/inquiries/Q-000000000000000000000000",
    "/nothing",
]


def is_strict(browser: Browser, path: str) -> bool:
    answer = browser.get(path)
    told = WITH_SOUND if path == "/messages" else STRICT
    return all(answer.header(name) == value for name, value in told.items())


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_passes_without_a_session(desk: Desk, path: str) -> None:
    browser = desk.browser()
    page = browser.get(path)
    assert (page.status, page.header("location")) == (303, "/login")
    assert browser.get(path, accept="application/json").status == 401
    browser.cookies[SESSION] = "x" * 43
    assert browser.get(path).header("location") == "/login"
    assert browser.ask("POST", path).status in (401, 403)
    assert browser.socket(path) == [{"type": "websocket.close", "code": 4401}]


def test_a_service_whose_store_is_away_says_that_it_is_not_well_and_no_more(desk: Desk) -> None:
    browser = desk.browser()
    assert (browser.get("/healthz").status, browser.get("/healthz").text) == (200, "ok")
    with desk.engine.begin() as connection:
        connection.execute(text("drop table alembic_version"))
    told = browser.get("/healthz")
    assert (told.status, told.text) == (503, "not ok")


def test_what_is_open_says_nothing(desk: Desk) -> None:
    browser = desk.browser()
    assert browser.get("/healthz").text == "ok"
    assert browser.get("/static/desk.css").status == 200
    # the Dagster UI, where it stands in the same process, has the table of types say `application/`
    script = browser.get("/static/inquiry.js").header("content-type").partition(";")[0]
    assert script in {"text/javascript", "application/javascript"}
    for path in ("/static/../templates/login.html", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        assert browser.get(path).status == 404, path


def test_every_answer_is_strict_and_no_page_holds_script_or_style(desk: Desk) -> None:
    entered = desk.entered("sv1")
    for path in [*CLOSED, "/login", "/healthz", "/static/desk.css", "/static/nothing"]:
        assert is_strict(desk.browser(), path), path
        assert is_strict(entered, path), path
        text = entered.get(path).text if not path.startswith("/static") else ""
        assert "<style" not in text and " style=" not in text and " onclick" not in text
        assert text.count("<script") == text.count('<script src="/static/'), path


def test_the_cookie_is_the_browser_s_alone(desk: Desk) -> None:
    for is_tls in (False, True):
        desk.is_tls = is_tls
        browser = desk.browser()
        first = desk.add(f"mg{int(is_tls)}", Role.MANAGER)
        scheme = "https" if is_tls else "http"
        csrf = browser.csrf("/login")
        browser.post(
            "/login",
            {"csrf": csrf, "staff_id": f"mg{int(is_tls)}", "password": first},
            origin=f"{scheme}://{HOST}",
        )
        name = f"__Host-{SESSION}" if is_tls else SESSION
        made = [one for one in browser.set_cookies if one.startswith(f"{name}=")][-1]
        assert "domain" not in made.lower()
        assert "; Path=/; HttpOnly; SameSite=Strict" in made
        assert ("; Secure" in made) is is_tls


def test_a_first_password_opens_one_page_only(desk: Desk) -> None:
    first = desk.add("op9", Role.OPERATOR)
    browser = desk.browser()
    assert browser.log_in("op9", first).header("location") == "/"
    for path in ("/", "/inquiry", "/inquiries", "/inquiry/calls"):
        assert browser.get(path).header("location") == "/password"
        assert browser.get(path, accept="application/json").status == 403
    assert browser.socket("/graphql") == [{"type": "websocket.close", "code": 4401}]
    csrf = browser.csrf("/password")
    for new, again, told in (
        ("short", "short", "12文字"), (PASSWORD, "another", "二つの欄"), (first, first, "同じ"),
    ):  # fmt: skip
        answer = browser.post(
            "/password", {"csrf": csrf, "present": first, "new": new, "again": again}
        )
        assert answer.status == 422 and told in answer.text
    wrong = browser.post(
        "/password", {"csrf": csrf, "present": "wrong", "new": PASSWORD, "again": PASSWORD}
    )
    assert wrong.status == 422 and "今のパスワード" in wrong.text


def test_log_in_and_password_change_begin_a_new_token(desk: Desk) -> None:
    browser = desk.browser()
    browser.cookies[SESSION] = fixed = "attacker" * 5
    first = desk.add("op9", Role.OPERATOR)
    browser.log_in("op9", first)
    token = browser.cookies[SESSION]
    assert token != fixed
    csrf = browser.csrf("/password")
    browser.post("/password", {"csrf": csrf, "present": first, "new": PASSWORD, "again": PASSWORD})
    assert browser.cookies[SESSION] not in (token, fixed)
    thief = desk.browser(cookies={SESSION: token})
    assert thief.get("/").header("location") == "/login"
    assert ENTRANCE not in browser.cookies


def test_a_session_is_not_replayed_after_log_out(desk: Desk) -> None:
    browser = desk.entered("op1")
    token, csrf = browser.cookies[SESSION], browser.csrf("/")
    assert browser.post("/logout", {"csrf": csrf}).header("location") == "/login"
    thief = desk.browser(cookies={SESSION: token})
    assert thief.get("/").header("location") == "/login"
    assert thief.send({}, csrf).status in (401, 403)


def test_a_session_ends_with_silence_and_news_keep_none_alive(desk: Desk) -> None:
    browser = desk.entered("op1")
    for minutes in (10, 20, 29):
        desk.now = AT + timedelta(minutes=minutes)
        assert browser.get("/inquiry/calls", accept="application/json").status == 200
    desk.now = AT + timedelta(minutes=30)
    assert browser.get("/inquiry/calls", accept="application/json").status == 401
    desk.now = AT
    other = desk.entered("op1")
    for minutes in (29, 58):
        desk.now = AT + timedelta(minutes=minutes)
        assert other.get("/inquiry/calls?active=1", accept="application/json").status == 200


def test_whoever_leaves_is_out_at_the_next_request(desk: Desk) -> None:
    browser = desk.entered("op1")
    assert browser.get("/").status == 200
    founder = Actor(SYSTEM, AT, purpose=Purpose.FOUNDING)
    change(desk.engine, KEY, founder, "op1", 1, ends_on=FIRST)
    desk.now = AT + timedelta(hours=15)
    assert browser.get("/").header("location") == "/login"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"origin": "-"}, 303),
        ({"origin": "null"}, 303),
        ({"origin": "null", "sec_fetch_site": "same-origin"}, 303),
        ({"origin": "null", "sec_fetch_site": "cross-site"}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({"origin": f"http://{HOST}:8080"}, 403),
        ({"origin": f"http://{HOST}.evil.test"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
    ],
)
def test_nothing_is_changed_from_elsewhere(
    desk: Desk, headers: dict[str, str], status: int
) -> None:
    browser = desk.entered("op1")
    assert browser.post("/logout", {"csrf": browser.csrf("/")}, **headers).status == status


@pytest.mark.parametrize("shown", ["", "0" * 64, "other", "𠮷", "sign_in"])
def test_nothing_is_changed_without_the_session_s_own_token(desk: Desk, shown: str) -> None:
    browser = desk.entered("op1")
    other = desk.entered("op2")
    csrf = {"other": other.csrf("/"), "sign_in": desk.browser().csrf("/login")}.get(shown, shown)
    for path in ("/logout", "/password", "/inquiry"):
        assert browser.post(path, {"csrf": csrf}).status == 403, path
        assert browser.post(path, {}, x_csrf_token=csrf.encode().decode("latin-1")).status == 403, (
            path
        )
    assert browser.get("/").status == 200
    stranger = desk.browser()
    assert stranger.post("/login", {"staff_id": "op1", "password": PASSWORD}).status == 403


def test_a_log_in_of_another_browser_s_form_is_refused(desk: Desk) -> None:
    desk.entered("op1")
    csrf = desk.browser().csrf("/login")
    victim = desk.browser()
    fields = {"csrf": csrf, "staff_id": "op1", "password": PASSWORD}
    assert victim.post("/login", fields).status == 403


@pytest.mark.parametrize(
    "more",
    [
        {"body": b"x" * 65_537},
        {"body": b"", "content_length": "65537"},
        {"body": b"", "content_length": "9" * 5_000},
        {"body": b"", "content_length": "-1"},
        {"chunks": [b"x" * 10_000] * 7},
    ],
    ids=["body", "told", "absurd", "negative", "in parts"],
)
def test_a_body_beyond_64_kib_is_refused(desk: Desk, more: dict[str, Any]) -> None:
    browser = desk.entered("op1")
    headers = {"content_type": "application/json", "x_csrf_token": browser.csrf("/")}
    assert browser.ask("POST", "/inquiry", **headers, **more).status == 413


def test_guessing_is_locked_and_told_the_same(desk: Desk) -> None:
    desk.entered("op1")
    texts = set()
    for n in range(7):
        desk.now = AT + timedelta(minutes=n)
        answer = desk.browser(terminal=f"10.0.1.{n}").log_in("op1", "wrong wrong wrong")
        assert answer.status == 401
        texts.add(REFUSED in answer.text)
    right = desk.browser().log_in("op1", PASSWORD)
    unknown = desk.browser(terminal="10.0.2.1").log_in("nobody9", PASSWORD)
    assert right.status == unknown.status == 401 and texts == {True}
    assert [one[1:] for one in desk.noted()][-9:] == [
        *[("logged_in", "op1", "refused")] * 8, ("logged_in", "unknown", "refused"),
    ]  # fmt: skip
    desk.now += timedelta(minutes=15)
    assert desk.browser().log_in("op1", PASSWORD).status == 303


def shown_secret(browser: Browser) -> bytes:
    shown = re.search(r'<code class="secret">([A-Z2-7]{32})</code>', browser.get("/second").text)
    assert shown
    return b32decode(shown.group(1))


def test_a_code_is_asked_of_whoever_set_one(desk: Desk) -> None:
    browser = desk.entered("op1")
    secret, csrf = shown_secret(browser), browser.csrf("/second")
    code = code_at(secret, step_of(AT))
    fields = {"csrf": csrf, "password": PASSWORD, "code": code}
    assert browser.post("/second", fields).status == 303
    assert desk.browser().log_in("op1", PASSWORD).status == 401
    assert desk.browser().log_in("op1", PASSWORD, code=code).status == 303
    assert desk.browser().log_in("op1", PASSWORD, code=code).status == 401, "once"


def test_a_second_proof_is_set_by_showing_password_and_code(desk: Desk) -> None:
    browser = desk.entered("op1")
    secret, csrf = shown_secret(browser), browser.csrf("/second")
    assert shown_secret(browser) == secret, "the same until it is confirmed"
    mine = b"m" * 20
    code, chosen = code_at(secret, step_of(AT)), code_at(mine, step_of(AT))
    for wrong in (
        {"code": code}, {"password": "x", "code": code}, {"password": PASSWORD, "code": "x"},
        {"password": PASSWORD, "secret": b32encode(mine).decode(), "code": chosen},
    ):  # fmt: skip
        assert browser.post("/second", {"csrf": csrf, **wrong}).status == 422, wrong
    assert "second_factor_set" not in [one[1] for one in desk.noted()]
    fields = {"csrf": csrf, "password": PASSWORD, "code": code}
    assert browser.post("/second", fields).status == 303
    assert desk.noted()[-1] == ("op1", "second_factor_set", "op1", "done")
    assert desk.browser(terminal="10.0.0.6").log_in("op1", PASSWORD).status == 401
    other = desk.browser(terminal="10.0.0.7")
    assert other.log_in("op1", PASSWORD, code=code).status == 303


def test_a_second_proof_is_replaced_with_the_present_one_only(desk: Desk) -> None:
    browser = desk.entered("op1")
    first, csrf = shown_secret(browser), browser.csrf("/second")
    given = {"csrf": csrf, "password": PASSWORD}
    at = step_of(AT)
    assert browser.post("/second", {**given, "code": code_at(first, at)}).status == 303
    other = shown_secret(browser)
    assert other != first
    new = {**given, "code": code_at(other, at)}
    assert browser.post("/second", new).status == 422
    assert browser.post("/second", {**new, "present": code_at(first, at)}).status == 303


def test_a_secret_is_of_the_session_that_it_was_shown_to(desk: Desk) -> None:
    mine, other = desk.entered("op1"), desk.entered("op2")
    secret, csrf = shown_secret(other), mine.csrf("/")
    code = code_at(secret, step_of(AT))
    fields = {"csrf": csrf, "password": PASSWORD, "code": code}
    assert mine.post("/second", fields).status == 422
    desk.now = AT + KEPT_FOR
    late = {**fields, "csrf": other.csrf("/"), "code": code_at(secret, step_of(desk.now))}
    assert other.post("/second", late).status == 422, "its time is over"


def test_a_terminal_that_must_wait_takes_no_place(desk: Desk) -> None:
    crowd = desk.browser(terminal="10.0.9.9")
    for n in range(5):
        assert crowd.log_in(f"guess{n}", "wrong wrong wrong").status == 401
    entries = len(desk.noted())
    for n in range(30):
        refused = crowd.log_in("op1", PASSWORD)
        assert (refused.status, refused.header("retry-after")) == (429, "1"), n
    assert len(desk.noted()) == entries, "summed, and told every five minutes"
    assert desk.entered("op1").get("/").status == 200, "others are let in"


def test_what_was_typed_at_the_door_stands_nowhere(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    browser = desk.browser()
    hostile = "<script>alert(1)</script>"
    answer = browser.log_in(hostile, "secret secret secret")
    assert answer.status == 401 and "<script>alert" not in answer.text
    assert "secret secret" not in answer.text + caplog.text
    assert browser.ask("POST", "/login", b"\xff\xfe", content_type="text/plain",
                       x_csrf_token=browser.csrf("/login")).status == 400  # fmt: skip


def test_acts_of_the_desk_are_proved_by_the_session(desk: Desk) -> None:
    browser = desk.entered("op1")
    token = browser.cookies[SESSION]
    with desk.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "select via, proof from audit_outbox where action = 'password_changed'"
        ).fetchall()
    assert [tuple(row) for row in rows] == [("desk", digest_of(token))]


def test_another_application_behind_the_door_is_left_as_it_is(desk: Desk) -> None:
    inside = PlainTextResponse("inside", headers={"Cache-Control": "max-age=1"})
    access = AccessMiddleware(inside, desk.services(), is_foreign=lambda path: path == "/graphql")
    stranger = Browser(access)
    assert stranger.get("/graphql").header("location") == "/login"
    token = desk.entered("op1").cookies
    browser = Browser(access, cookies=dict(token))
    assert browser.get("/graphql").header("cache-control") == "max-age=1"
    assert browser.ask("POST", "/graphql", b"x" * 100_000).text == "inside"
    assert browser.ask("POST", "/graphql", origin="http://evil.test").status == 403
    assert browser.ask("POST", "/graphql", sec_fetch_site="cross-site").status == 403
    evil = browser.socket("/graphql", origin="http://evil.test")
    assert evil == [{"type": "websocket.close", "code": 4403}]


@pytest.mark.parametrize(
    "host", ["evil.test", f"{HOST}.evil.test", "", "10.0.0.1", f"{HOST}@evil.test"]
)
def test_what_is_addressed_to_another_name_is_answered_by_nobody(desk: Desk, host: str) -> None:
    browser = desk.entered("op1")
    for path in ("/", "/login", "/healthz", "/static/desk.css", "/dagster"):
        answer = browser.get(path, host=host)
        assert answer.status == 421 and (host == "" or host not in answer.text), path
        assert all(answer.header(name) == value for name, value in STRICT.items()), path
        assert not answer.header("location")
    assert browser.socket("/graphql", host=host) == [{"type": "websocket.close", "code": 4403}]
    assert browser.get("/", host=f"{HOST.upper()}:8080").status == 200


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Desk.test:3000", "desk.test"), ("desk.test.", "desk.test"), ("[::1]:3000", "::1"), ("[::1]", "::1"),
        ("127.0.0.1", "127.0.0.1"), ("", ""), ("[", ""), ("]", "]"), ("desk.test@evil.test", "desk.test@evil.test"),
    ],
)  # fmt: skip
def test_the_name_in_a_host_header(host: str, name: str) -> None:
    assert name_of(host) == name


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.0.0.5", "10.0.0.5"), ("::1", "::1"), ("::ffff:10.0.0.5", "10.0.0.5"), ("testclient", "testclient"),
        ("2001:db8:0:1::5", "2001:db8:0:1::/64"), ("fe80::1%eth0", "fe80::/64"),
    ],
)  # fmt: skip
def test_what_counts_as_one_terminal(address: str, counted: str) -> None:
    assert terminal(address) == counted


def test_by_tls_a_browser_is_told_to_come_by_tls_only(desk: Desk) -> None:
    inside = PlainTextResponse("inside")
    for is_tls in (False, True):
        desk.is_tls = is_tls
        access = AccessMiddleware(
            inside, desk.services(), is_foreign=lambda path: path.startswith("/dagster")
        )
        for path in ("/login", "/dagster", "/nothing"):
            told = Browser(access).get(path)
            for name, value in BY_TLS_ONLY.items():
                assert told.header(name) == (value if is_tls else ""), path


def test_what_the_door_itself_refuses_is_strict_before_another_application_too(desk: Desk) -> None:
    access = AccessMiddleware(
        PlainTextResponse("inside"), desk.services(), is_foreign=lambda path: True
    )
    for answer in (
        Browser(access).get("/x"), Browser(access).get("/x", accept="*/*"),
        Browser(access).ask("POST", "/x", origin="http://evil.test"),
    ):  # fmt: skip
        assert answer.status in (303, 401, 403)
        assert all(answer.header(name) == value for name, value in STRICT.items())
