"""The running day on the board: its figures lead to their calls, its targets stand beside them, and what is unknown is no figure."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from application.board import board_of
from application.call_log import CallLog
from desk.board import RUNNING
from tests.desk.conftest import PASSWORD, Desk
from tests.desk.in_browser import Page, one_browser, page, until
from tests.support.axe import axe, violations
from tests.support.desk_board import BOARD
from tests.support.desk_calls import FakeLog
from tests.support.desk_running import NOW, general_centre, write_log

__all__ = ["axe", "one_browser", "page"]

OPERATORS = {"op1": "op1", "op2": "op2"}
DAY = [
    (3_000, "1.1", "general", "NONE", "ENTERQUEUE"), (2_990, "1.1", "general", "op1", "CONNECT"),
    (2_900, "2.1", "general", "NONE", "ENTERQUEUE"), (2_880, "2.1", "general", "op2", "CONNECT"),
    (2_800, "3.1", "general", "NONE", "ENTERQUEUE"), (2_779, "3.1", "general", "op1", "CONNECT"),
    (2_700, "4.1", "general", "NONE", "ENTERQUEUE"), (2_690, "4.1", "general", "NONE", "ABANDON"),
    (2_600, "5.1", "general", "NONE", "ENTERQUEUE"), (2_590, "5.1", "general", "NONE", "EXITWITHTIMEOUT"),
    (2_500, "6.1", "waste", "NONE", "ENTERQUEUE"), (2_490, "6.1", "waste", "NONE", "EXITWITHKEY"),
    (2_400, "7.1", "waste", "NONE", "ENTERQUEUE"), (2_390, "7.1", "waste", "op2", "CONNECT"),
    (30, "8.1", "general", "NONE", "ENTERQUEUE"),
]  # fmt: skip
"""Eight calls: three of four answered at once, 10, 20 and 21 seconds after they came, one each that left in every other way, one waits."""


@pytest.fixture
def running(desk: Desk, tmp_path: Path) -> Desk:
    """The desk on that day, as its exchange wrote it."""
    settings = general_centre(tmp_path)
    write_log(settings, DAY)
    desk.board = board_of(settings, lambda: NOW, OPERATORS)()
    log = FakeLog()
    desk.call_log = CallLog(log.days, log.of_day, log.one)
    return desk


def listed(text: str) -> list[str]:
    return re.findall(r"<td>(\d\.1)</td>", text)


def test_a_figure_of_the_board_leads_to_the_calls_that_it_counts(running: Desk) -> None:
    browser = running.entered("sv1")
    links = re.findall(
        r'<a href="(/calls\?on=now&amp;which=\w+)" aria-label="\S+ \d+件の通話">(\d+)</a>',
        browser.get("/board/now").text,
    )
    assert [int(figure) for _, figure in links] == [8, 4, 1, 1, 1]
    found = [browser.get(path.replace("&amp;", "&")).text for path, _ in links]
    assert [len(listed(text)) for text in found] == [8, 4, 1, 1, 1]
    assert listed(found[0])[0] == "8.1" and "待ち中" in found[0], "the newest leads"
    assert listed(found[1]) == ["7.1", "3.1", "2.1", "1.1"] and "<td>21秒</td>" in found[1]
    assert 'href="/calls/1.1"' not in found[1], "a call's page comes with its class"
    assert listed(browser.get(f"/calls?on={RUNNING}&which=unrecorded").text) == listed(found[1])


def test_an_operator_s_list_is_the_own_calls_and_no_figure_promises_more(running: Desk) -> None:
    browser = running.entered("op1")
    assert "/calls?on=now" not in browser.get("/board/now").text
    assert listed(browser.get("/calls?on=now&which=all").text) == ["3.1", "1.1"]


def test_what_is_not_known_is_neither_a_figure_nor_a_list(running: Desk) -> None:
    assert running.board is not None
    browser = running.entered("sv1")
    for lost in ({"unknown": "記録が届いていません。"}, {"is_counted": False}):
        running.board = replace(running.board, **lost)  # type: ignore[arg-type]
        text = browser.get("/board/now").text
        assert "/calls?on=now" not in text and "％（" not in text
        assert text.count("<b>計測不能</b>") == 4
        answer = browser.get("/calls?on=now&which=answered")
        assert answer.status == 503 and "計測不能" in answer.text and "0件" not in answer.text
    running.board = None
    assert running.entered("sv1").get("/calls?on=now").status == 503, "nor where there is no board"


def test_the_targets_in_force_stand_beside_the_day_so_far(running: Desk) -> None:
    text = running.entered("op1").get("/board").text
    rows = re.findall(r'<li class="(\w+)">(.*?)</li>', text)
    assert [re.sub("<.*?>", "", row) for _, row in rows] == [
        "応答率（総合案内）　目標 90％以上　60.0％（3／5） 未達",
        "サービスレベル（総合案内）　目標 80％以上　50.0％（2／4） 未達",
        "応答率（粗大ごみ受付）　目標 85％以上　50.0％（1／2） 未達",
        "放棄率　目標 5％以下　14.3％（1／7） 未達",
    ]
    assert {state for state, _ in rows} == {"missed"}
    assert "60秒以上の待ち" in text and "3人以上の待ち" in text


def test_before_the_first_call_ends_no_target_is_met_or_missed(desk: Desk, tmp_path: Path) -> None:
    settings = general_centre(tmp_path)
    write_log(settings, DAY[-1:])
    board = board_of(settings, lambda: NOW, OPERATORS)()
    assert [(one.denominator, one.share, one.is_met) for one in board.targets] == [(0, None, None)] * 4  # fmt: skip
    desk.board = board
    text = desk.entered("op1").get("/board/now").text
    assert text.count("<b>―</b>") == 4 and "達成" not in text and "未達" not in text
    write_log(settings, [*DAY[:2], DAY[-1]])
    met = board_of(settings, lambda: NOW, OPERATORS)().targets
    assert [one.is_met for one in met] == [True, True, None, True]


@pytest.mark.parametrize("width", [390, 1280])
def test_with_targets_it_fits_the_screen_and_nothing_is_cut_off(
    running: Desk, page: Page, axe: str, width: int
) -> None:
    assert running.board is not None
    running.board = replace(
        BOARD, targets=running.board.targets, alarms=("総合案内：60秒以上お待ちの方がいます。",),
        queues=(*BOARD.queues, replace(BOARD.queues[0], title="施策への意見・要望・苦情の受付窓口")),
    )  # fmt: skip
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=844 if width == 390 else 720,
              deviceScaleFactor=1, mobile=width == 390)  # fmt: skip
    page.go("/board")
    assert page.js("document.scrollingElement.scrollWidth") <= width
    cut = page.js(
        "[...document.querySelectorAll('body *')].filter((one) => one.clientWidth && !one.matches('.skip')"
        f" && (one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > {width}"
        " || one.getBoundingClientRect().left < 0)).map((one) => one.outerHTML.slice(0, 90)).join('\\n')"
    )
    assert cut == ""
    assert violations(page, axe) == []


def test_a_figure_that_has_the_focus_keeps_it(running: Desk, page: Page) -> None:
    assert running.board is not None
    running.entered("sv1")
    page.call("Network.clearBrowserCookies")
    page.go("/login")
    page.submit("/", staff_id="sv1", password=PASSWORD)
    page.go("/board")
    page.js("document.querySelector('.counts a[href$=answered]').focus()")
    running.board = replace(running.board, answered=99)
    until(lambda: "99" in page.js("document.querySelector('.counts').textContent"))
    assert page.js("document.activeElement.textContent") == "99"
