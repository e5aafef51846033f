"""Dagster's storage on PostgreSQL: what `dagster.yaml` names where the place gave an address (ADR 29).

The address is read from the environment, so that neither `dagster.yaml` nor what one process hands another holds a password. A process keeps
two connections at most between its questions, and asks whether one still answers before it is used: dagster-postgres would make one for each
question. A fork has none of them.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._config.config_schema import UserConfigSchema
from dagster._core.event_api import EventLogCursor
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._serdes import ConfigurableClassData
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_connection, create_pg_engine
from sqlalchemy.engine import Connection, Engine

from application.errors import Unusable
from application.home.run_store import DAGSTER_URL, run_store_of
from orchestration.instance.following import Follower, Sign

_LOG = logging.getLogger(__name__)
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
"""A connection that broke is told by whoever asked by it, in words; the pool would add how its resetting failed, with a stack trace."""
_LAST = sa.text(
    "select run, (select max(id) from event_logs where run_id = run) from unnest(cast(:runs as text[])) run"
)


class EventsOnPostgresql(PostgresEventLogStorage):
    """Dagster's event log there; followed as the one in the home is, where Dagster's own looks every 16 s once a run is quiet."""

    def __init__(self, postgres_url: str) -> None:
        self._storing = threading.local()
        self._watchers: defaultdict[str, dict[Any, str | None]] = defaultdict(dict)
        self._follower = Follower(
            self._signs, lambda: self.on_modified(), lambda: bool(self._watchers)
        )
        super().__init__(postgres_url)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        present = getattr(self._storing, "connection", None)
        if present is not None:
            yield present
            return
        with create_pg_connection(self._engine) as connection:
            yield connection

    def store_event(self, event: EventLogEntry) -> None:
        """Note an event and what the log's index says of it, in one transaction: the default makes up to three, each on a new
        connection."""
        with self._connect() as connection:
            connection = connection.execution_options(isolation_level="READ COMMITTED")
            with connection.begin():
                self._storing.connection = connection
                try:
                    super().store_event(event)
                finally:
                    self._storing.connection = None

    def watch(self, run_id: str, cursor: str | None, callback: Any) -> None:
        """Tell a page what is noted of a run from a cursor on, within half a second."""
        with self._follower.turn:
            self._watchers[run_id][callback] = cursor
            self._follower.begin()

    def end_watch(self, run_id: str, handler: Any) -> None:
        """Tell it no more."""
        with self._follower.turn:
            self._watchers[run_id].pop(handler, None)
            if not self._watchers[run_id]:
                del self._watchers[run_id]

    def on_modified(self) -> None:
        """Tell whoever watches what they have not been told."""
        for run_id, watching in list(self._watchers.items()):
            for callback, cursor in list(watching.items()):
                found = self.get_records_for_run(run_id, cursor)
                watching[callback] = found.cursor or cursor
                for record in found.records:
                    at = str(EventLogCursor.from_storage_id(record.storage_id))
                    status = None
                    try:
                        status = callback(record.event_log_entry, at)
                    except Exception as error:  # noqa: BLE001 - one page is no other's matter
                        _LOG.error("A page was not told of its run (%s).", type(error).__name__)
                    if status in FINISHED_STATUSES:
                        self.end_watch(run_id, callback)

    @contextmanager
    def _signs(self) -> Iterator[Sign]:
        """The last event of each run that is followed, on one connection."""
        with self._engine.connect() as connection:
            yield lambda: connection.execute(_LAST, {"runs": [*self._watchers]}).fetchall()

    def dispose(self) -> None:
        """Follow no more."""
        self._follower.end()
        super().dispose()
        self._engine.dispose()


def _kept(postgres_url: str) -> Engine:
    engine = create_pg_engine(
        postgres_url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=2,
        max_overflow=30,
        pool_pre_ping=True,
        pool_recycle=600,
    )
    own = weakref.ref(engine)

    def let_go() -> None:
        if (inherited := own()) is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=let_go)
    return engine


class OnPostgresql(DagsterPostgresStorage):
    """What `dagster.yaml` names as the storage; it is told nothing there."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(postgres_url, inst_data=inst_data)
        self._event_log_storage = EventsOnPostgresql(postgres_url)
        engine = _kept(postgres_url)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> OnPostgresql:
        """The storage at the environment's address.

        Raises:
            Unusable: it has none, or one that is none of PostgreSQL.
        """
        url = run_store_of(os.environ)
        if url is None:
            raise Unusable(
                f"The runs of this home lie on PostgreSQL, and {DAGSTER_URL} does not say where: set it as the service has it."
            )
        return cls(url.render_as_string(hide_password=False), inst_data)

    @property
    def event_storage_data(self) -> None:
        """It has no part that is named by itself."""
        return

    @property
    def run_storage_data(self) -> None:
        """It has no part that is named by itself."""
        return

    @property
    def schedule_storage_data(self) -> None:
        """It has no part that is named by itself."""
        return
