"""The floor by the recorded events: as the queue log says afterwards, and after every cut as if there had been none."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from telephony_ingest.ami.asking import Resynchronising, action
from telephony_ingest.ami.blocks import ManagerBlock, ManagerStream
from telephony_ingest.ami.floor import WANTED, ManagerFloor, moment_with_fraction
from telephony_ingest.asterisk.live_status import Doing, live_status_of
from telephony_ingest.errors import ManagerRefused
from tests.homes import ROOT
from tests.support.manager_floor import NEVER, TRUNK, same, uncut
from tests.telephony_ingest.manager_stream import OPERATORS, Exchange, blocks, pairs, recorded

SAMPLES = ROOT / "tests" / "samples" / "pbx"


def moment(block: str) -> datetime:
    return moment_with_fraction(pairs(block).get("Timestamp", "")) or NEVER


@pytest.mark.parametrize("size", [1, 7, 4096, 1 << 20])
def test_a_stream_cut_anywhere_is_the_same_blocks(size: int) -> None:
    content = recorded()[: 200_000 if size < 100 else None]
    stream = ManagerStream()
    found = [
        block.fields
        for start in range(0, len(content), size)
        for block in stream.feed(content[start : start + size])
    ]
    whole = content[: content.rfind(b"\r\n\r\n")].decode().split("\r\n\r\n")
    assert len(found) == len(whole)
    assert all(fields.items() >= pairs(text).items() for fields, text in zip(found, whole, strict=True))  # fmt: skip


def test_repeated_keys_outputs_and_broken_bytes_are_read() -> None:
    sent = (
        "Response: Success\r\nOutput: 一行目\r\nOutput: a: b\r\nOutput: \r\n\r\nEvent: X\r\nName: "
    ).encode() + b"\xff\xe3\x81\r\nnothing\r\n\r\n"
    stream, found = ManagerStream(), []
    for start in range(len(sent)):
        found += stream.feed(sent[start : start + 1])
    assert found[0].every("Output") == ["一行目", "a: b", ""] and found[0].event == ""
    assert found[1].event == "X" and "�" in found[1].get("Name")
    assert "b" not in repr(found[0]).removeprefix("<ManagerBlock")


def test_what_sends_no_block_is_refused_and_never_grows() -> None:
    stream = ManagerStream()
    with pytest.raises(ManagerRefused):
        for _ in range(40):
            list(stream.feed(b"x" * (1 << 16)))


def test_random_bytes_end_nothing() -> None:
    rng = random.Random(45)
    content = bytearray(recorded()[:400_000])
    for _ in range(4000):
        content[rng.randrange(len(content))] = rng.randrange(256)
    floor = ManagerFloor()
    for block in ManagerStream(WANTED).feed(bytes(content)):
        floor.take(block, NEVER)
    floor.now(OPERATORS, TRUNK)


def test_the_floor_is_what_the_queue_log_says_at_every_second() -> None:
    lines = [
        line
        for name in ("queue_log.1", "queue_log.0", "queue_log")
        for line in (SAMPLES / name).read_text().splitlines()
    ]
    lines.sort(key=lambda line: int(line.split("|")[0]))
    seconds = [int(line.split("|")[0]) for line in lines]
    floors = [(moment(blocks()[place]), floor) for place, floor in uncut()]
    looked = asked = 0
    for number, second in enumerate(seconds[:-1]):
        following = seconds[number + 1]
        at = datetime.fromtimestamp(second + 1.5, UTC)
        if following - second < 2 or at < floors[0][0]:
            continue
        floor = next(floor for when, floor in reversed(floors) if when <= at)
        log = live_status_of(lines[: number + 1], OPERATORS, NEVER)
        asked += 1
        assert {one.call_id for one in floor.waiting} == {one.call_id for one in log.waiting}, (
            second
        )
        talking = {one.operator for one in log.operators if one.doing is Doing.TALKING}
        live = {one.operator: one.doing for one in floor.operators}
        on_the_telephone = {
            who for who, doing in live.items() if doing in (Doing.TALKING, Doing.HOLDING)
        }
        assert talking == on_the_telephone, second
        assert set(live) == {one.operator for one in log.operators}, second
        paused = {one.operator for one in log.operators if one.doing is Doing.PAUSED}
        assert {who for who, doing in live.items() if doing is Doing.PAUSED} <= paused, second
        looked += len(talking)
    assert asked > 100 and looked > 20


def resynchronised(exchange: Exchange, before: ManagerFloor | None) -> ManagerFloor:
    """The floor that the exchange's answers give."""
    asking = Resynchronising(before)
    at = datetime.fromtimestamp(exchange.at, UTC)
    sent = [part for part in Resynchronising.FIRST.decode().split("\r\n\r\n") if part]
    while sent:
        for text in exchange.answer(pairs(sent.pop(0))):
            more = asking.take(ManagerBlock(text), at)
            sent += [part for part in more.decode().split("\r\n\r\n") if part]
    assert asking.floor is not None
    return asking.floor


def test_after_a_cut_at_every_event_the_floor_is_as_if_there_had_been_none() -> None:
    """Cut off right after each event, resynchronised there, and again forty events later, which were missed."""
    exchange, wanted = Exchange(), dict(uncut())
    missed: ManagerFloor | None = None
    kinds: set[Doing] = set()
    for place, text in enumerate(blocks()):
        exchange.happened(text)
        if place not in wanted:
            continue
        for before in (None, missed):
            floor = resynchronised(exchange, before)
            found = floor.now(OPERATORS, TRUNK)
            assert same(found, wanted[place]), (place, pairs(text).get("Event"))
        kinds |= {one.doing for one in found.operators}
        if place % 40 == 0:
            missed = floor
    assert kinds == set(Doing)


def test_events_that_were_under_way_when_it_was_asked_do_no_harm() -> None:
    """The exchange answers as it is now and delivers thirty older events afterwards."""
    exchange, wanted = Exchange(), dict(uncut())
    for place, text in enumerate(blocks()):
        exchange.happened(text)
        late = blocks()[max(0, place - 30) : place + 1]
        if place not in wanted or place % 7 or any(one.startswith("Asterisk") for one in late):
            continue
        asking = Resynchronising()
        at = datetime.fromtimestamp(exchange.at, UTC)
        sent = [part for part in Resynchronising.FIRST.decode().split("\r\n\r\n") if part]
        while sent:
            question = pairs(sent.pop(0))
            if question["Action"] == "Ping":
                for one in late:
                    if (block := ManagerBlock(one)).event in WANTED:
                        asking.take(block, at)
            for one in exchange.answer(question):
                more = asking.take(ManagerBlock(one), at)
                sent += [part for part in more.decode().split("\r\n\r\n") if part]
        assert asking.floor is not None
        assert same(asking.floor.now(OPERATORS, TRUNK), wanted[place]), place


def test_no_number_is_in_a_floor() -> None:
    numbers = {pairs(text).get("CallerIDNum", "") for text in blocks()}
    numbers = {number for number in numbers if number.isdigit() and len(number) > 5}
    assert len(numbers) > 30
    told = {repr(floor) for _, floor in uncut()}
    assert not [number for number in numbers for one in told if number in one]


def test_an_account_that_may_not_ask_is_told_what_it_lacks() -> None:
    asking = Resynchronising()
    with pytest.raises(ManagerRefused, match="write = reporting"):
        asking.take(ManagerBlock("Response: Error\r\nActionID: channels\r\nMessage: Permission denied"), NEVER)  # fmt: skip


def test_a_value_that_would_end_its_line_is_never_sent() -> None:
    with pytest.raises(ValueError, match="control character"):
        action("Login", "login", Username="a\r\nAction: Originate")


def test_a_member_known_by_a_hint_is_followed_by_what_the_queue_tells() -> None:
    floor = ManagerFloor()
    told = (
        "Event: QueueMemberStatus\r\nQueue: survey\r\nMemberName: op1\r\nInterface: Local/101@from-queue/n\r\n"
        "StateInterface: hint:101@ext-local\r\nPaused: 0\r\nStatus: {}"
    )
    for status, doing in (("1", Doing.FREE), ("6", Doing.RINGING), ("2", Doing.TALKING), ("8", Doing.HOLDING), ("5", Doing.FREE)):  # fmt: skip
        floor.take(ManagerBlock(told.format(status)), NEVER)
        assert [one.doing for one in floor.now(OPERATORS).operators] == [doing]


@pytest.mark.parametrize("text", ["1700000000.²", "²", "1:1:1:1", "9" * 400, "", "-1", "1700000000."])  # fmt: skip
def test_no_spelling_of_a_time_or_a_length_ends_it(text: str) -> None:
    floor = ManagerFloor()
    for event in ("CoreShowChannel", "QueueEntry", "QueueMember", "Newchannel"):
        block = f"Event: {event}\r\nTimestamp: {text}\r\nWait: {text}\r\nDuration: {text}\r\nLastPause: {text}\r\nPaused: 1"
        floor.take(ManagerBlock(block), NEVER)
    assert floor.now(OPERATORS, TRUNK)
