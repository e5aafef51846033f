"""Homes for tests: a real `madoguchi` process on a copy of the recorded PBX."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.warm import run_warm

ROOT = Path(__file__).resolve().parents[1]
AS_OF = "2023-12-25T18:00+09:00"


@dataclass(frozen=True, slots=True)
class HomeOnTrial:
    """A home folder and the PBX folder that its runs read."""

    root: Path
    pbx: Path

    @property
    def path(self) -> Path:
        return self.root / "home"

    @staticmethod
    def in_folder(folder: Path, pbx: Path) -> HomeOnTrial:
        """A home to be, beside a writable copy of the PBX's files."""
        copy = folder / "pbx"
        shutil.copytree(pbx, copy)
        for path in copy.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return HomeOnTrial(folder, copy)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "orchestration.cli", *words]

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MADOGUCHI", "DAGSTER"))}
        return {**kept, "PYTHONWARNINGS": "ignore"}

    def run(self, as_of: str = AS_OF, *words: str) -> subprocess.CompletedProcess[str]:
        """`madoguchi run` to its end."""
        given = ("--home", str(self.path), "--pbx", str(self.pbx), "--as-of", as_of)
        return run_warm(("run", *given, *words), ROOT, self.environment(), 300)

    def start(self, as_of: str = AS_OF) -> subprocess.Popen[str]:
        """`madoguchi run`, not waited for."""
        return subprocess.Popen(
            self.command("run", "--home", str(self.path), "--pbx", str(self.pbx), "--as-of", as_of),
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def calls(self, columns: str = "call_id, outcome") -> list[tuple[object, ...]]:
        """Rows of `marts.fct_calls`."""
        with duckdb.connect(str(self.path / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(
                f"select {columns} from marts.fct_calls order by call_id"
            ).fetchall()

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of marts and reports, without what depends on the home's own pseudonym key."""
        keyed = {"caller_pseudonym", "outcome_evidence", "recording_id", "finding_id", "subject"}
        found = {}
        with duckdb.connect(str(self.path / "warehouse.duckdb"), read_only=True) as connection:
            names = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables "
                "where table_schema in ('marts', 'reports') order by 1"
            ).fetchall()
            for (name,) in names:
                described = connection.execute(f"describe {name}").fetchall()
                columns = ", ".join(row[0] for row in described if row[0] not in keyed)
                found[name] = connection.execute(
                    f"select {columns} from {name} order by all"
                ).fetchall()
        return found

    def papers(self) -> dict[tuple[str, int], str]:
        """The digest of each edition's data, by week and edition, of the papers that calls alone decide: monthly ones tell
        when things were done."""
        import sqlite3

        with sqlite3.connect(f"file:{self.path / 'operations.db'}?mode=ro", uri=True) as connection:
            rows = connection.execute(
                "select period, edition, data_sha256 from deliverables where kind = 'weekly'"
            )
            return {(period, edition): digest for period, edition, digest in rows}

    def state(self) -> dict[str, str]:
        """A digest of everything that a second run must not change: files by content, tables by rows."""
        found: dict[str, str] = {}
        for folder in ("landing", "reference", "vault", "outbox", "published", "keys", "audit"):
            base = self.path / folder
            for path in sorted(base.rglob("*")) if base.exists() else []:
                if path.is_file():
                    digest = hashlib.sha256(path.read_bytes()).hexdigest()
                    found[str(path.relative_to(self.path))] = digest
        found.update(self._rows("warehouse.duckdb", ("marts", "reports")))
        found.update(self._sqlite_rows("operations.db"))
        return found

    def _rows(self, name: str, schemas: tuple[str, ...]) -> dict[str, str]:
        found = {}
        with duckdb.connect(str(self.path / name), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables "
                f"where table_schema in {schemas} order by 1, 2"
            ).fetchall()
            for schema, table in tables:
                rows = connection.execute(f"select * from {schema}.{table} order by all").fetchall()
                found[f"{schema}.{table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return found

    def _sqlite_rows(self, name: str) -> dict[str, str]:
        import sqlite3

        found = {}
        with sqlite3.connect(f"file:{self.path / name}?mode=ro", uri=True) as connection:
            tables = connection.execute(
                "select name from sqlite_master where type = 'table'"
            ).fetchall()
            for (table,) in tables:
                rows = sorted(map(repr, connection.execute(f"select * from {table}").fetchall()))
                found[f"operations.{table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
        return found
