"""An ingest on a folder of its own, without Dagster: what the composition root hands in, small."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from compliance.ground import durable
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.recordings import catalogued
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.asterisk.take_in import land, landing_session
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.scanners import Access

KEY = bytes(range(32))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class NoCursors:
    """A cursor cache that knows nothing: landing itself must be enough."""

    def end_of(self, source_id: str) -> int | None:
        return None

    def move(self, source_id: str, kind: str, source_name: str, end_offset: int) -> None:
        return None


@dataclass
class Ingest:
    """`land(kind)` reads `pbx` into `landing`; the same key every time, so that states can be compared."""

    pbx: Path
    landing: Path
    settings: dict[str, Any] = field(default_factory=dict)
    registered: list[Any] = field(default_factory=list)
    key: bytes = KEY
    access: Access = field(default_factory=Access)
    heard: Path | None = None

    def land(
        self, kind: SourceKind = SourceKind.QUEUE_LOG, upto: datetime | None = None
    ) -> LandingReport:
        settings = PbxSettings(
            **{
                "dialplan": {"trunk_prefixes": ["PJSIP/trunk"], "queues": {"q-survey": "survey"}},
                **self.settings,
                "root": self.pbx,
            }
        )
        with landing_session(
            settings,
            self.landing,
            upto=upto,
            now=NOW,
            pseudonyms=Pseudonyms.from_key(self.key),
            cursors=NoCursors(),
            durable=durable,
            access=self.access,
            heard=self.heard,
        ) as session:
            report = land(kind.dataset, settings, session)
            if kind is SourceKind.RECORDINGS:
                self.registered.append(catalogued(session))
        return report

    def rows(self, kind: SourceKind, columns: str = "*") -> list[tuple[Any, ...]]:
        """Landed rows in order of their place."""
        return self.query(
            f"select {columns} from read_parquet('{self.landing / kind}/*.parquet') order by all"
        )

    def facts(self, kind: SourceKind) -> list[tuple[Any, ...]]:
        """Rows without the name of the file that they came from."""
        return self.rows(kind, "* exclude (source_name, landed_at)")

    def rejects(self) -> list[tuple[Any, ...]]:
        if not any((self.landing / "rejects").glob("*.parquet")):
            return []
        return self.query(
            f"select kind, reason, byte_offset, length_bytes from "
            f"read_parquet('{self.landing / 'rejects'}/*.parquet') order by all"
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()
