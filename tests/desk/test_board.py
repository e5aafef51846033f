"""The floor's board: who sees it, what stands on it, that it keeps nobody's session alive and takes nobody's focus."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from application.board import QueueNow, alarms_of, board_of
from application.home.session import read_settings
from compliance.contract.terms import FloorTerms
from compliance.people.rights import Role
from compliance.sign_in.sessions import IDLE
from desk.board import lasted
from tests.desk.conftest import AT, Desk
from tests.desk.in_browser import Page, one_browser, page, until
from tests.homes import ROOT
from tests.support.axe import axe, violations
from tests.support.desk_board import BOARD

__all__ = ["axe", "one_browser", "page"]


@pytest.fixture(autouse=True)
def _board(desk: Desk) -> None:
    desk.board = BOARD


@pytest.mark.parametrize(
    ("ago", "told"), [(0, "0:00"), (75, "1:15"), (3599, "59:59"), (3725, "1:02:05"), (-5, "0:00")]
)
def test_how_long_is_minutes_and_seconds(ago: int, told: str) -> None:
    assert lasted(AT - timedelta(seconds=ago), AT) == told
    assert lasted(None, AT) == ""


def test_operators_and_supervisors_read_it_and_nobody_else(desk: Desk) -> None:
    desk.add("pm1", Role.OFFICER)
    desk.add("ci1", Role.CITY_VIEWER)
    for path in ("/board", "/board/now"):
        assert desk.browser().get(path).header("location") == "/login"
        for staff_id, status in (("op1", 200), ("sv1", 200), ("pm1", 403), ("ci1", 403), ("ad1", 403)):  # fmt: skip
            assert desk.entered(staff_id).get(path).status == status, (path, staff_id)
    text = desk.entered("op1").get("/board").text
    for told in ("2人", "最長 1:15", "待ちなし", "応対中", "1:02:05", "休止（lunch）", "0:09", "待機", "<strong>17</strong>"):  # fmt: skip
        assert told in text, told


def test_a_queue_says_which_language_is_spoken_there(desk: Desk, tmp_path: Path) -> None:
    settings = read_settings(ROOT / "contracts/general-centre", tmp_path / "home", environment={})
    queues = board_of(settings, lambda: datetime(2024, 5, 7, 1, 0, tzinfo=UTC), {})().queues
    assert [(one.title, one.language) for one in queues] == [
        ("総合案内", "日本語"),
        ("総合案内（英語・中国語）", "英語・中国語"),
        ("総合案内（英語・中国語）", "英語・中国語"),
        ("粗大ごみ受付", "日本語"),
    ]
    desk.board = replace(BOARD, queues=queues)
    text = desk.entered("sv1").get("/board").text
    assert (
        "<span>総合案内（日本語）</span>" in text and "<span>粗大ごみ受付（日本語）</span>" in text
    )
    assert text.count("<span>総合案内（英語・中国語）</span>") == 2, "once where the title says it"


def test_a_board_that_asks_by_itself_keeps_no_session_alive(desk: Desk) -> None:
    browser = desk.entered("op1")
    for _ in range(6):
        desk.now += IDLE / 5
        answer = browser.get("/board/now", accept="application/json")
    assert answer.status == 401


def test_it_is_what_the_log_says_now_and_no_number_is_on_it(tmp_path: Path) -> None:
    now = datetime(2023, 11, 20, 1, 0, tzinfo=UTC)
    at = int(now.timestamp())
    (tmp_path / "queue_log").write_text(
        f"{at - 7300}|9.9|survey|NONE|ENTERQUEUE||0110000009|1\n"
        f"{at - 600}|M|survey|op1|ADDMEMBER\n{at - 500}|M|survey|op2|ADDMEMBER\n"
        f"{at - 90}|1.1|survey|NONE|ENTERQUEUE||0110000001|1\n{at - 80}|1.1|survey|PJSIP/op1|CONNECT|10|1.2|1\n"
        f"{at - 30}|2.1|survey|NONE|ENTERQUEUE||0110000002|1\n{at - 20}|NONE|survey|op2|PAUSE|0110000003\n"
    )
    settings = read_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", tmp_path / "home", environment={}
    )
    settings = replace(settings, pbx=settings.pbx.model_copy(update={"root": str(tmp_path)}))
    spelt = {"op1": "op1", "PJSIP/op1": "op1", "op2": "op2"}
    board = board_of(settings, lambda: now, spelt)()
    assert board.queues[0].waiting == 2 and board.queues[1] == QueueNow("施策への意見等", 0, None)
    assert [(one.staff_id, one.doing, one.reason) for one in board.operators] == [
        ("op1", "talking", ""), ("op2", "paused", ""),
    ]  # fmt: skip
    assert (board.incoming, board.answered) == (2, 1), "what came before the opening is not today's"
    assert "0110000" not in repr(board)


NINE = datetime(2023, 11, 20, 0, 0, tzinfo=UTC)
"""When the centre opens, on a Monday."""


@pytest.mark.parametrize(
    ("line_at", "now", "said"),
    [
        (None, NINE + timedelta(minutes=1), "見つかりません"),
        (NINE - timedelta(hours=14), NINE + timedelta(minutes=14), ""),
        (NINE - timedelta(hours=14), NINE + timedelta(minutes=16), "2023-11-19 19:00:00から届いていません"),
        (NINE + timedelta(hours=1), NINE + timedelta(minutes=119), ""),
        (NINE + timedelta(hours=1), NINE + timedelta(minutes=121), "2023-11-20 10:00:00から"),
        (NINE + timedelta(hours=1), NINE + timedelta(hours=12), ""),
        (NINE - timedelta(days=2), NINE - timedelta(days=1), ""),
    ],
    ids=["no log", "just opened", "nothing since opening", "a quiet hour", "silent", "in the evening", "on a Sunday"],
)  # fmt: skip
def test_what_is_not_known_is_said_with_since_when(
    tmp_path: Path, line_at: datetime | None, now: datetime, said: str
) -> None:
    if line_at is not None:
        (tmp_path / "queue_log").write_text(f"{int(line_at.timestamp())}|M|survey|op1|ADDMEMBER\n")
    settings = read_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", tmp_path / "home", environment={}
    )
    settings = replace(settings, pbx=settings.pbx.model_copy(update={"root": str(tmp_path)}))
    board = board_of(settings, lambda: now, {"op1": "op1"})()
    assert bool(board.unknown) is bool(said) and said in board.unknown
    assert board.last_at == line_at


def test_unknown_is_not_zero(desk: Desk) -> None:
    browser = desk.entered("op1")
    desk.board = replace(BOARD, last_at=AT)
    text = browser.get("/board/now").text
    assert "最終の記録 2023-11-20 " in text and "計測不能" not in text
    desk.board = replace(BOARD, incoming=0, unknown="記録が届いていません。")
    text = browser.get("/board/now").text
    assert 'role="alert"' in text and "計測不能" in text and "記録が届いていません。" in text
    assert "<strong>0</strong>" not in text and text.count("<strong>―</strong>") == 5
    assert "待ちなし" not in text and "op1" not in text


@pytest.mark.parametrize("width", [1280, 640], ids=["1280", "1280 at 200 %"])
def test_it_fits_the_screen_breaks_no_rule_and_takes_no_focus(
    desk: Desk, page: Page, axe: str, width: int
) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=720 * width // 1280,
              deviceScaleFactor=1280 / width, mobile=False)  # fmt: skip
    page.go("/board")
    wide = page.js("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0 and violations(page, axe) == []
    if width == 1280:
        bottom = page.js("document.getElementById('board').getBoundingClientRect().bottom")
        assert bottom <= 720, "everything without scrolling"
        sizes = page.js(
            "JSON.stringify([...document.querySelectorAll('.board strong')].map("
            "(one) => parseFloat(getComputedStyle(one).fontSize)))"
        )
        assert min(json.loads(sizes)) >= 40, "a centimetre on a common screen"
    page.js("document.querySelector('header a').focus()")
    desk.board = replace(BOARD, incoming=99)
    until(lambda: "99" in page.js("document.querySelector('.counts').textContent"))
    assert page.js("document.activeElement.className") == "home"


@pytest.mark.parametrize(
    ("queue", "unknown", "told"),
    [
        (QueueNow("調査", 0, None), "", ()),
        (QueueNow("調査", 2, AT - timedelta(seconds=59)), "", ()),
        (QueueNow("調査", 1, AT - timedelta(seconds=60)), "", ("60秒以上",)),
        (QueueNow("調査", 3, AT - timedelta(seconds=5)), "", ("3人",)),
        (QueueNow("調査", 4, AT - timedelta(seconds=99)), "", ("60秒以上", "4人")),
        (QueueNow("調査", 0, None), "記録が届いていません。", ("計測不能",)),
    ],
)
def test_an_alarm_is_raised_by_a_wait_by_a_crowd_and_by_not_knowing(
    queue: QueueNow, unknown: str, told: tuple[str, ...]
) -> None:
    found = alarms_of([queue], unknown, FloorTerms(), AT)
    assert len(found) == len(told)
    assert all(one in text for one, text in zip(told, found, strict=True))


@pytest.mark.slow
def test_an_alarm_is_seen_and_heard_within_fifteen_seconds_and_ends(desk: Desk, page: Page) -> None:
    page.go("/board")
    seen = "document.getElementById('alarm')?.textContent ?? ''"
    rung = "Number(document.getElementById('sound').dataset.rung ?? 0)"
    assert page.js(seen) == "" and not page.js("document.title").startswith("⚠")
    page.call(
        "Runtime.evaluate", expression="document.getElementById('sound').click()", userGesture=True
    )
    until(
        lambda: page.js("document.getElementById('sound').getAttribute('aria-pressed')") == "true"
    )
    assert page.js(rung) == 0, "nothing is wrong yet"
    desk.board = replace(BOARD, alarms=("調査：60秒以上お待ちの方がいます。",))
    until(lambda: page.js(seen), 15)
    assert page.js("document.title").startswith("⚠")
    until(lambda: page.js(rung) >= 1, 15)
    desk.board = BOARD
    until(lambda: not page.js(seen), 15)
    heard = page.js(rung)
    assert not page.js("document.title").startswith("⚠")
    page.call(
        "Runtime.evaluate", expression="document.getElementById('sound').click()", userGesture=True
    )
    until(
        lambda: page.js("document.getElementById('sound').getAttribute('aria-pressed')") == "false"
    )
    desk.board = replace(BOARD, alarms=("調査：3人がお待ちです。",))
    until(lambda: page.js(seen), 15)
    assert page.js(rung) == heard, "silenced, and still seen"
