"""The Dagster instance of a home: its settings are the product's, copied into the home when the instance is opened."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from compliance.ground.durable import write_durably
from compliance.ground.home import Home

DAGSTER_YAML = Path(__file__).with_name("dagster.yaml")


def write_instance_settings(home: Home) -> None:
    """Put the instance's settings where Dagster looks for them; files that are the same stay untouched."""
    path, wanted = home.dagster / DAGSTER_YAML.name, DAGSTER_YAML.read_bytes()
    if not path.is_file() or path.read_bytes() != wanted:
        write_durably(path, wanted)


@contextmanager
def opened_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance of a home, `DAGSTER_HOME` being its folder already. One process at a time opens it: of two that make its databases
    at the same moment each notes its version, and a database with two versions is opened by nobody again.
    """
    write_instance_settings(home)
    with (home.dagster / ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.from_config(str(home.dagster))
        _ = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
        fcntl.flock(lock, fcntl.LOCK_UN)
    with instance:
        yield instance
