"""Sources that are objects, not lines: a file is landed once, under an identity made of its content, and
only when nobody is still writing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from telephony_ingest.landing import sources
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.session import LandingSession
from telephony_ingest.landing.sources import SourceState, State

if TYPE_CHECKING:
    import pyarrow as pa

LINEAGE: Mapping[str, str] = {
    "source_id": "varchar",
    "source_name": "varchar",
    "byte_offset": "bigint",
    "line_no": "bigint",
    "row_key": "varchar",
    "landed_at": "timestamptz",
}
"""The columns that every landed row begins with, and their SQL types."""


def typed_nothing(columns: Mapping[str, str]) -> str:
    """A query of no rows with those columns."""
    typed = ", ".join(f"null::{sql} as {name}" for name, sql in columns.items())
    return f"select {typed} where false"


def files(
    session: LandingSession,
    report: LandingReport,
    pattern: str,
    shown: Callable[[LandingSession, Path], str],
) -> Iterable[tuple[Path, str]]:
    """The readable files that a pattern names, each with what a report calls it; what cannot be read goes into the report."""
    paths, readable = sources.found(session.root, pattern), 0
    folder = session.root / Path(pattern).parts[0] if pattern else session.root
    if pattern and not paths and not folder.is_dir():
        report.sources.append(sources.missing(session.root, pattern))
    for number, path in enumerate(paths, start=1):
        name = sources.told_name(path, shown(session, path), pattern, number)
        if reason := sources.why_unreadable(path):
            report.sources.append(SourceState(name, State.UNREADABLE, reason))
        else:
            readable += 1
            yield path, name
    if readable:
        report.sources.append(SourceState(f"{pattern} ({readable})", State.OK))


@contextmanager
def named_if_lost(report: LandingReport, name: str) -> Iterator[None]:
    """A file that goes away or breaks while it is read is named; the others go on."""
    try:
        yield
    except OSError as error:
        detail = (
            f"{error.strerror or type(error).__name__}; it is looked for again at the next ingest"
        )
        report.sources.append(SourceState(name, State.UNREADABLE, detail))


def known(session: LandingSession, dataset: str, expression: str) -> set[str]:
    """What has landed of a dataset, as values of a SQL expression."""
    rows = session.connection.execute(
        f"select {expression} from read_parquet('{session.landing / dataset}/*.parquet')"
    ).fetchall()
    return {str(row[0]) for row in rows}


def lineage(session: LandingSession, name: str, identity: str) -> dict[str, object]:
    """Where the row of an object comes from."""
    return {
        "source_id": identity,
        "source_name": name,
        "byte_offset": 0,
        "line_no": 1,
        "row_key": identity,
        "landed_at": session.now,
    }


def publish(
    session: LandingSession,
    report: LandingReport,
    columns: Mapping[str, str],
    rows: Sequence[dict[str, object]],
) -> None:
    """Land rows of objects in one file, named by what it holds.

    Raises:
        LandingUnwritable: the landing folder cannot be written.
    """
    if not rows:
        return
    ordered = sorted(rows, key=lambda row: str(row["source_id"]))
    identity = session.pseudonyms.line("|".join(str(r["source_id"]) for r in ordered).encode())
    name = f"{identity}-{0:012d}-{len(ordered):012d}.parquet"
    session.connection.register("seen", _table(ordered))
    typed = ", ".join(f"{column}::{sql} as {column}" for column, sql in columns.items())
    session.publish(f"select {typed} from seen", session.landing / report.kind / name, {})
    session.connection.unregister("seen")
    report.files.append(name)
    report.rows_landed += len(ordered)


def _table(rows: Sequence[dict[str, object]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows))
