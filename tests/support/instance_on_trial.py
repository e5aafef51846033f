"""What is noted in an event log and heard of it, and processes that open one instance at once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence

from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.base import EventLogStorage

RUN = "run-that-is-followed"


def entry(number: int, kind: DagsterEventType = DagsterEventType.ENGINE_EVENT) -> EventLogEntry:
    event = DagsterEvent(
        event_type_value=kind.value,
        job_name="job",
        message=str(number),
        event_specific_data=EngineEventData() if kind is DagsterEventType.ENGINE_EVENT else None,
    )
    return EventLogEntry(
        error_info=None, user_message=str(number), level=20, run_id=RUN, timestamp=time.time(), dagster_event=event
    )  # fmt: skip


def heard_of(follower: EventLogStorage) -> list[tuple[str, float]]:
    heard: list[tuple[str, float]] = []
    follower.watch(
        RUN,
        None,
        lambda noted, _: heard.append((noted.user_message, time.time() - noted.timestamp)),
    )
    return heard


def wait_for(heard: list[tuple[str, float]], count: int, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while len(heard) < count and time.monotonic() < end:
        time.sleep(0.02)


OPEN = """
import os, sys
from pathlib import Path
from compliance.ground.home import Home
home = Home.at(Path(sys.argv[1]))
home.create()
os.environ["DAGSTER_HOME"] = str(home.dagster)
import dagster
from orchestration.instance.settings import opened_instance
print("ready", flush=True)
sys.stdin.readline()
with opened_instance(home) as instance:
    print(instance.get_runs_count(), len(instance.all_instigator_state()), flush=True)
"""


def open_at_once(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Let those that are ready open it at the same moment; each finds it empty and whole."""
    for one in processes:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in processes:
        told, broken = one.communicate(timeout=120)
        assert (told, one.returncode) == ("0 0\n", 0), broken[-2000:]
