"""The board by what the exchange tells itself: else by the log, else unknown, and each is said."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from application.board import Board, board_of
from application.floor_feed import listening_to_exchange
from application.home.session import read_settings
from application.home.settings import Settings
from application.pbx_access import access_to_manager
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from telephony_ingest.ami.blocks import ManagerBlock
from telephony_ingest.ami.feed import ManagerFeed
from telephony_ingest.ami.floor import ManagerFloor
from telephony_ingest.asterisk.live_status import Doing
from telephony_ingest.asterisk.settings import PbxAmi
from tests.desk.conftest import Desk
from tests.homes import ROOT
from tests.support.manager_floor import uncut
from tests.telephony_ingest.manager_server import SECRET
from tests.telephony_ingest.manager_stream import OPERATORS, blocks, pairs

NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def settings_of(folder: Path, ami: PbxAmi | None = None) -> Settings:
    settings = read_settings(
        ROOT / "contracts/sapporo-2023/contract.toml", folder / "home", environment={}
    )
    pbx = settings.pbx.model_copy(update={"root": folder, "ami": ami})
    return replace(settings, pbx=pbx)


def place_of(doing: Doing) -> int:
    """An event after which somebody does that, and another talks."""
    return next(
        place for place, floor in uncut() if doing in {one.doing for one in floor.operators}
    )


def fed(place: int) -> tuple[ManagerFeed, Callable[[], datetime]]:
    floor = ManagerFloor()
    for text in blocks()[: place + 1]:
        block = ManagerBlock(text)
        if block.event == "FullyBooted":
            floor.forget_calls()
        floor.take(block, NEVER)
    at = datetime.fromtimestamp(float(pairs(blocks()[place])["Timestamp"]), UTC)
    feed = ManagerFeed(lambda: at)
    feed.known(floor)
    return feed, lambda: at


def test_who_holds_and_rings_is_seen_without_any_log_and_counts_are_unknown_not_zero(
    tmp_path: Path, desk: Desk
) -> None:
    desk.board = Board((), (), 0, 0, 0, 0, 0)
    browser = desk.entered("op1")
    for doing, told in ((Doing.HOLDING, "保留中"), (Doing.RINGING, "呼出中")):
        feed, now = fed(place_of(doing))
        board = board_of(settings_of(tmp_path), now, OPERATORS, feed)()
        assert doing.value in {one.doing for one in board.operators}
        assert board.is_live and not board.is_counted and not board.unknown and board.lines
        desk.board = board
        text = browser.get("/board/now").text
        assert told in text and "電話交換機から直接" in text and "計測不能" not in text
        assert text.count("<strong>―</strong>") == 5
        assert "0110000" not in text + repr(board)


def test_lost_the_log_is_read_and_without_one_nothing_is_known(tmp_path: Path, desk: Desk) -> None:
    feed, now = fed(place_of(Doing.HOLDING))
    feed.lost("cut")
    desk.board = Board((), (), 0, 0, 0, 0, 0)
    browser = desk.entered("op1")
    desk.board = board_of(settings_of(tmp_path), now, OPERATORS, feed)()
    text = browser.get("/board/now").text
    assert (
        desk.board.unknown
        and "計測不能" in text
        and "から切れています" in text
        and "待ちなし" not in text
    )
    second = int(now().timestamp()) - 60
    (tmp_path / "queue_log").write_text(f"{second}|M|survey|op1|ADDMEMBER\n")
    desk.board = board_of(settings_of(tmp_path), now, OPERATORS, feed)()
    text = browser.get("/board/now").text
    assert not desk.board.unknown and "待ち行列の記録から表示" in text and not desk.board.is_live
    assert "から切れています" in text and desk.board.is_counted
    feed, now = fed(place_of(Doing.HOLDING))
    board = board_of(settings_of(tmp_path), now, OPERATORS, feed)()
    assert board.is_live and board.is_counted and not board.notice


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"host": "192.0.2.7"}, "permit"),
        ({"host": "192.0.2.7", "permit": "pbx"}, "tls"),
        ({"host": "-x"}, "pattern"),
        ({"user": "a\r\nAction: x"}, "pattern"),
        ({"secret": "x"}, "Extra"),
    ],
)
def test_another_machine_needs_a_permit_and_tls_and_no_secret_stands_in_settings(
    written: dict[str, str], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        PbxAmi.model_validate({"user": "madoguchi"} | written)
    assert PbxAmi(user="madoguchi", tls=True).usual_port == 5039


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.at(tmp_path / "home", tmp_path / "keys")
    made.create()
    return made


@pytest.fixture
def engine(home: Home) -> Iterator[Engine]:
    opened = open_operations(home.operations_url)
    yield opened
    opened.dispose()


def test_the_secret_is_a_private_file_and_another_machine_waits_for_its_permit(
    home: Home, engine: Engine
) -> None:
    now = datetime.now(UTC)
    here = PbxAmi(user="madoguchi")
    assert "cannot be read" in access_to_manager(here, home, engine, now).refusal
    home.pbx_ami.write_text(SECRET + "\n")
    home.pbx_ami.chmod(0o644)
    assert "chmod 600" in access_to_manager(here, home, engine, now).refusal
    home.pbx_ami.chmod(0o600)
    access = access_to_manager(here, home, engine, now)
    assert access.secret == SECRET and not access.refusal and SECRET not in repr(access)
    away = PbxAmi(user="madoguchi", host="192.0.2.7", tls=True, permit="pbx")
    refused = access_to_manager(away, home, engine, now)
    assert refused.refusal and not refused.secret
    broken = PbxAmi(user="madoguchi", tls=True, ca_file=str(home.root / "none.pem"))
    assert "ca_file" in access_to_manager(broken, home, engine, now).refusal


def until(holds: Callable[[], bool], seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def test_a_service_hears_the_exchange_falls_back_and_hears_it_again(
    tmp_path: Path, home: Home, engine: Engine
) -> None:
    """The thread beside a service, over a real socket, the exchange killed in between."""
    place = place_of(Doing.HOLDING)

    def exchange(port: int) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.telephony_ingest.manager_server", str(port), str(place + 1)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert process.stdout is not None
        return process, int(process.stdout.readline())

    def now() -> datetime:
        return datetime.now(UTC)

    home.pbx_ami.write_text(SECRET)
    home.pbx_ami.chmod(0o600)
    process, port = exchange(0)
    told: list[str] = []
    settings = settings_of(tmp_path, PbxAmi(user="madoguchi", port=port))
    try:
        with listening_to_exchange(
            settings, home, engine, now, ClockKind.REAL, told.append
        ) as feed:
            board: Callable[[], Board] = board_of(settings, now, OPERATORS, feed)
            until(lambda: board().is_live)
            assert "holding" in {one.doing for one in board().operators}
            process.kill()
            process.wait()
            until(lambda: not board().is_live)
            assert board().unknown and board().notice and told
            process, _ = exchange(port)
            begun = now()
            until(lambda: board().is_live)
            assert now() - begun < timedelta(seconds=5)
    finally:
        process.kill()
        process.wait()
    assert not any(SECRET in one for one in told)
    with listening_to_exchange(settings, home, engine, now, ClockKind.SIMULATED) as nothing:
        assert nothing is None
