"""Whether two homes hold the same: `python -m tests.compare_homes HOME OTHER`, each lived alike, say by two versions of the
programme. Every relation of the warehouse, every register and every paper's value; what only keys and chance decide is left out.
Exit status 0 where nothing differs; else a line for each table and column that does."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb

KEYED = frozenset(
    {"caller_pseudonym", "called_pseudonym", "outcome_evidence", "recording_id", "finding_id", "subject"}
)  # fmt: skip
"""Columns of the warehouse that a home's own keys decide."""
BY_CHANCE = (
    "sha256",
    "salt",
    "nonce",
    "token",
    "secret",
    "signature",
    "fingerprint",
    "key",
    "checkpoint",
    "root",
    "_json",
    "_pem",
)
"""What a column's name ends with where keys, salts or a digest over them decide it."""
ALSO_BY_CHANCE = frozenset(
    {"source_id", "object_id", "recording_id", "statement", "path", "size_bytes"}
)
"""Columns of registers that hold a home's own ids, signed words with their nonces, places, or sizes of files with a digest in them."""
PRINTS_DIGESTS = frozenset({"cover"})
"""Papers that print digests of files, which hold the log's checkpoint."""
Columns = Mapping[str, Counter[str]]


def differences(home: Path, other: Path) -> Iterator[str]:
    """What the two homes hold differently, table by table."""
    for title, read in (("warehouse", warehouse), ("operations", registers), ("papers", papers)):
        ours, theirs = read(home), read(other)
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in ours or name not in theirs:
                yield f"{title}: {name} is in one home only"
                continue
            for column, values in ours[name].items():
                moved = (
                    values - theirs[name].get(column, Counter()),
                    theirs[name].get(column, Counter()) - values,
                )
                if any(moved):
                    told = " | ".join(", ".join(map(repr, list(m)[:3])) for m in moved)
                    yield f"{title}: {name}.{column}: {sum(m.total() for m in moved)} values differ: {told[:300]}"


def warehouse(home: Path) -> dict[str, Columns]:
    """Every mart and report, rows as one column of text so that rows and not columns are compared. What stands below them names sources
    and places in files by the home's own keys."""
    found: dict[str, Columns] = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in ('marts', 'reports') order by all"
        ).fetchall()
        for schema, table in names:
            name = f"{schema}.{table}"
            described = connection.execute(f"describe {name}").fetchall()
            kept = [
                row[0] for row in described if row[0] not in KEYED and "pseudonym" not in row[0]
            ]
            rows = connection.execute(f"select {', '.join(kept) or '1'} from {name}").fetchall()
            found[name] = {"rows": Counter(map(repr, rows))}
    return found


def registers(home: Path) -> dict[str, Columns]:
    """Every table of the operations database, column by column."""
    found: dict[str, Columns] = {}
    with sqlite3.connect(f"file:{home / 'operations.db'}?mode=ro", uri=True) as connection:
        for (table,) in connection.execute(
            "select name from sqlite_master where type = 'table'"
        ).fetchall():
            cursor = connection.execute(f"select * from {table}")
            rows = cursor.fetchall()
            found[table] = _by_column([one[0] for one in cursor.description], rows)
    return found


def papers(home: Path) -> dict[str, Columns]:
    """Every edition's value by its digest, which leaves out editions' numbers and the log's checkpoint."""
    with sqlite3.connect(f"file:{home / 'operations.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("select kind, period, edition, data_sha256 from deliverables")
        return {
            f"{kind}/{period}/r{edition}": {"value": Counter([digest])}
            for kind, period, edition, digest in rows
            if kind not in PRINTS_DIGESTS
        }


def _by_column(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> Columns:
    return {
        name: Counter(repr(row[at]) for row in rows)
        for at, name in enumerate(names)
        if not name.endswith(BY_CHANCE)
        and not name.startswith("sealed_")
        and name not in ALSO_BY_CHANCE
    }


def main() -> int:
    """The command."""
    found = list(differences(Path(sys.argv[1]), Path(sys.argv[2])))
    print(*found, sep="\n")
    print(f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
