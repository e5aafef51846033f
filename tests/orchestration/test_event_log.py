"""A page that follows a run hears each event within a second, of whichever process noted it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import (
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry

from orchestration.instance.event_log import EventLog
from tests.support.instance_on_trial import RUN, entry, heard_of, wait_for


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[tuple[EventLog, EventLog]]:
    """Whoever notes, and whoever follows: each with its own connections, as two processes have."""
    with dg.DagsterInstance.ephemeral() as instance:
        made = EventLog(str(tmp_path)), EventLog(str(tmp_path))
        for one in made:
            one.register_instance(instance)
        yield made
        for one in made:
            one.dispose()


def test_each_event_is_heard_once_in_order_and_soon(logs: tuple[EventLog, EventLog]) -> None:
    noting, following = logs
    noting.store_event(entry(0))
    heard = heard_of(following)
    for number in range(1, 9):
        noting.store_event(entry(number))
        time.sleep(0.3)
    wait_for(heard, 9)
    assert [text for text, _ in heard] == [str(number) for number in range(9)]
    assert max(late for _, late in heard) < 1.0


def test_many_events_at_once_are_all_heard(logs: tuple[EventLog, EventLog]) -> None:
    noting, following = logs
    heard = heard_of(following)
    for number in range(300):
        noting.store_event(entry(number))
    wait_for(heard, 300)
    assert [text for text, _ in heard] == [str(number) for number in range(300)]


def test_nobody_looks_when_nobody_watches(logs: tuple[EventLog, EventLog]) -> None:
    def followers() -> int:
        return sum(one.name == "event-log-follower" for one in threading.enumerate())

    noting, following = logs
    before = followers()
    for _ in range(2):
        heard: list[str] = []

        def hear(noted: EventLogEntry, _: str, heard: list[str] = heard) -> None:
            heard.append(noted.user_message)

        following.watch(RUN, None, hear)
        assert followers() == before + 1
        noting.store_event(entry(1))
        end = time.monotonic() + 5
        while not heard and time.monotonic() < end:
            time.sleep(0.02)
        assert heard
        following.end_watch(RUN, hear)
        while followers() > before and time.monotonic() < end:
            time.sleep(0.02)
        assert followers() == before


def test_a_page_is_told_again_after_an_error(
    logs: tuple[EventLog, EventLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    noting, following = logs
    broken = threading.Event()
    read = following.on_modified

    def modified() -> None:
        if not broken.is_set():
            broken.set()
            raise OSError("the disk is full")
        read()

    monkeypatch.setattr(following, "on_modified", modified)
    heard = heard_of(following)
    noting.store_event(entry(1))
    wait_for(heard, 1)
    assert broken.is_set() and [text for text, _ in heard] == ["1"]


def test_a_place_with_signs_of_an_address_is_followed(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        made = EventLog(str(tmp_path / "a home #1")), EventLog(str(tmp_path / "a home #1"))
        for one in made:
            one.register_instance(instance)
        heard = heard_of(made[1])
        made[0].store_event(entry(1))
        wait_for(heard, 1)
        for one in made:
            one.dispose()
    assert [text for text, _ in heard] == ["1"]


def test_an_event_and_what_the_index_says_of_it_are_noted_together_or_not_at_all(
    logs: tuple[EventLog, EventLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, other = logs
    key = dg.AssetKey("daily")
    made = EventLogEntry(
        error_info=None, user_message="", level=20, run_id=RUN, timestamp=time.time(),
        dagster_event=DagsterEvent(
            event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value, job_name="job",
            event_specific_data=StepMaterializationData(dg.AssetMaterialization(key)),
        ),
    )  # fmt: skip
    with monkeypatch.context() as patched:
        patched.setattr(EventLog, "_store_asset_event", broken)
        with pytest.raises(RuntimeError, match="the index is full"):
            log.store_event(made)
    assert other.get_logs_for_run(RUN) == [] and not other.has_asset_key(key)
    log.store_event(made)
    (noted,) = other.get_logs_for_run(RUN)
    assert noted.is_dagster_event and other.has_asset_key(key)


def broken(*_: object) -> None:
    raise RuntimeError("the index is full")
