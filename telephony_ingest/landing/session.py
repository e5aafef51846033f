"""What one ingest works with: folders, clock, keys and a DuckDB session, handed in and never looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from telephony_ingest.errors import LandingUnwritable
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.scanners import Access

if TYPE_CHECKING:
    import duckdb


_ROW_GROUP = 30 << 10
"""Rows. Every thread of the database builds a group of its own, so smaller ones are less memory and more threads."""


class CursorCache(Protocol):
    """Where the composition root keeps how far sources were read; landing wins over it."""

    def end_of(self, source_id: str) -> int | None: ...
    def move(self, source_id: str, kind: str, source_name: str, end_offset: int) -> None: ...


class Durable(Protocol):
    """The durable steps that the composition root hands in."""

    def publish(self, temporary: Path, path: Path) -> None: ...
    def temporary_beside(self, path: Path) -> Path: ...
    def sweep_temporaries(self, folder: Path) -> int: ...
    def write_durably(self, path: Path, content: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class LandingSession:
    """One sitting of landing.

    `root` is where the exchange writes, `landing` where rows go. Rows later than `upto` stay unread
    (null: all there are); `now` is the home's present. A file that changed less than `settle_seconds`
    ago is still being written. `access` is what lets the exchange's database be asked; `heard` is where its
    live events are written down (null: nobody listens).
    """

    root: Path
    landing: Path
    upto: datetime | None
    now: datetime
    pseudonyms: Pseudonyms
    cursors: CursorCache
    durable: Durable
    connection: duckdb.DuckDBPyConnection
    chunk_bytes: int = 32 << 20
    settle_seconds: int = 30
    access: Access = field(default_factory=Access)
    heard: Path | None = None

    def prepare(self, kind: str) -> None:
        """Make the folders, and sweep what a killed ingest left: temporary files, merges cut short, and rejects whose
        rows were never committed."""
        from telephony_ingest.landing.compaction import covers, settle

        for folder in (self.landing / kind, self.landing / "rejects"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.durable.sweep_temporaries(folder)
        settle(self.landing / kind)
        for path in (self.landing / "rejects").glob(f"{kind}-*.parquet"):
            if not covers(self.landing / kind, path.name.removeprefix(f"{kind}-")):
                path.unlink()

    def publish_empty(self, dataset: str, query: str) -> None:
        """An empty file with a dataset's types, so that it can be read before its first row."""
        path = self.landing / dataset / "empty.parquet"
        nothing = f"select * from ({query}) where false"
        described = self.connection.execute(f"describe {nothing}").fetchall()
        if not self.has_columns(dataset, [row[0] for row in described]):
            self.publish(nothing, path, {})

    def has_columns(self, dataset: str, names: Iterable[str]) -> bool:
        """Whether the dataset's empty file is there and names these columns: one of an earlier version may lack some."""
        path = self.landing / dataset / "empty.parquet"
        if not path.exists():
            return False
        found = self.connection.execute(f"select name from parquet_schema('{path}')").fetchall()
        return set(names) <= {row[0] for row in found}

    def publish(self, query: str, path: Path, notes: Mapping[str, object]) -> None:
        """Write a query's rows to a landing file, durably, under its final name.

        Raises:
            LandingUnwritable: the folder cannot be written; nothing that landed is touched.
        """
        import duckdb

        # a reader's `*.parquet` matches hidden names too: what is half written is no landing file yet
        temporary = self.durable.temporary_beside(path).with_suffix(".unfinished")
        texts = ", ".join(f"{name}: '{value}'" for name, value in notes.items())
        with_notes = f", kv_metadata {{{texts}}}" if texts else ""
        try:
            self.connection.execute(
                f"copy ({query}) to '{temporary}' (format parquet, row_group_size {_ROW_GROUP}, "
                f"compression zstd, compression_level 1{with_notes})"
            )
            self.durable.publish(temporary, path)
        except (OSError, duckdb.IOException) as error:
            temporary.unlink(missing_ok=True)
            reason = (
                error.strerror if isinstance(error, OSError) else "the database could not write"
            )
            raise LandingUnwritable(
                f"The landing folder {path.parent} cannot be written ({reason}): check its rights "
                "and the free space, then run again; nothing landed is lost."
            ) from error

    def is_being_written(self, path: Path) -> bool:
        """Whether the file changed just now by the home's own clock; other clocks mean nothing here."""
        return 0 <= self.now.timestamp() - path.stat().st_mtime < self.settle_seconds

    def is_later(self, moment: datetime) -> bool:
        """Whether a moment lies beyond what may be read."""
        return self.upto is not None and moment > self.upto

    def set(self, variable: str, value: str) -> None:
        """Set a variable that expressions read with `getvariable`."""
        self.connection.execute(f"set variable {variable} = '{quoted(value)}'")


@contextmanager
def database(pseudonyms: Pseudonyms) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB session in UTC that knows the reductions of pseudonymisation. It holds numbers in clear, so it may use memory alone: where
    that runs out it fails, and writes nothing beside."""
    import duckdb

    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.execute("set timezone = 'UTC'")
        pseudonyms.install(connection)
        yield connection


def instant(moment: datetime) -> str:
    """A moment as SQL."""
    return f"timestamptz '{moment.isoformat()}'"


def quoted(text: str) -> str:
    """A text within a SQL string."""
    return text.replace("'", "''")
