"""The Dagster instance of a home: its settings are the product's, copied into the home when the instance is opened.

Where the place gave Dagster a database on PostgreSQL (`MADOGUCHI_DAGSTER_URL`), the settings name it without its address, and the
database serves one home alone: whoever opens another's would settle runs that are alive there.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import dagster as dg
import yaml  # type: ignore[import-untyped]

from application.errors import RunStoreUnavailable
from application.home.run_store import DAGSTER_URL, only_opener, require_run_store, run_store_of
from compliance.ground.durable import write_durably
from compliance.ground.home import Home

DAGSTER_YAML = Path(__file__).with_name("dagster.yaml")
_ON_POSTGRESQL = {
    "custom": {
        "module": "orchestration.instance.on_postgresql",
        "class": "OnPostgresql",
        "config": {},
    }
}
_OWNER = "madoguchi/home"


def write_instance_settings(home: Home) -> None:
    """Put the instance's settings where Dagster looks for them; files that are the same stay untouched."""
    path, wanted = home.dagster / DAGSTER_YAML.name, DAGSTER_YAML.read_bytes()
    if run_store_of(os.environ) is not None:
        said = yaml.safe_load(wanted)
        del said["event_log_storage"]
        wanted = yaml.safe_dump({**said, "storage": _ON_POSTGRESQL}, sort_keys=False).encode()
    if not path.is_file() or path.read_bytes() != wanted:
        write_durably(path, wanted)


@contextmanager
def opened_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance of a home, `DAGSTER_HOME` being its folder already. One process at a time opens it: of two that make its databases
    at the same moment each notes its version, and a database with two versions is opened by nobody again.

    Raises:
        RunStoreUnavailable: its database on PostgreSQL cannot be had, or is another home's.
        Unusable: the address of that one is none.
    """
    url = run_store_of(os.environ)
    require_run_store(url)
    write_instance_settings(home)
    with (home.dagster / ".opening").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with nullcontext() if url is None else only_opener(url):
            instance = dg.DagsterInstance.from_config(str(home.dagster))
            _ = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
            if url is not None:
                _claim(instance, home.dagster / "instance-id")
        fcntl.flock(lock, fcntl.LOCK_UN)
    with instance:
        yield instance


def _claim(instance: dg.DagsterInstance, path: Path) -> None:
    """Let the database be this home's, by an id that lies beside the instance."""
    if not path.is_file():
        write_durably(path, uuid.uuid4().hex.encode())
    own = path.read_text("ascii")
    owner = instance.run_storage.get_cursor_values({_OWNER}).get(_OWNER)
    if owner is None:
        instance.run_storage.set_cursor_values({_OWNER: own})
    elif owner != own:
        instance.dispose()
        raise RunStoreUnavailable(
            f"{DAGSTER_URL} names the database of another home, or of this one before it was restored: give this home an empty one of its own."
        )
