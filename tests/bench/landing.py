"""Landing's speed and memory, log by log, against DuckDB's own typed load of the same file into a DuckDB file.

Each side runs in a process of its own, so that its peak memory is its own; the two alternate, and the median of the
pairs' ratios counts. Rates are rows a second, so a ratio of 1 is as fast as the typed load, which has no pseudonyms, judges
nothing, keeps no lineage and stops at the first bad line.

`python -m tests.bench.landing [--quick]` measures landing alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import duckdb

from simulation.exchange.scale import CDR, CEL, QUEUE_LOG, write_scaled
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.layouts import CDR_REFERENCE, CEL_REFERENCE
from tests.homes import ROOT
from tests.telephony_ingest.desks import Ingest

FILES: Mapping[SourceKind, str] = {
    SourceKind.CDR: CDR,
    SourceKind.QUEUE_LOG: QUEUE_LOG,
    SourceKind.CEL: CEL,
}
FULL: Mapping[SourceKind, int] = {
    SourceKind.CDR: 1_000_000,
    SourceKind.QUEUE_LOG: 1_000_000,
    SourceKind.CEL: 100_000,
}
"""Calls whose log is landed; a call has 28 lines of CEL."""
QUICK: Mapping[SourceKind, int] = dict.fromkeys(FILES, 20_000)
ROUNDS = 5
_TYPES = {
    "start": "TIMESTAMP",
    "answer": "TIMESTAMP",
    "end": "TIMESTAMP",
    "duration": "DOUBLE",
    "billsec": "DOUBLE",
    "sequence": "BIGINT",
    "eventtime": "TIMESTAMP",
}
_QUEUE_FIELDS = (
    "time", "call", "queue", "agent", "verb", "d1", "d2", "d3", "d4", "d5", "d6"
)  # fmt: skip


def ours(kind: SourceKind, pbx: Path, folder: Path) -> int:
    """Land a log; the rows that landed."""
    others = {"cdr_classic": ""} if kind is SourceKind.CDR else {}
    return Ingest(pbx, folder / "landing", {"sources": others}).land(kind).rows_landed


def typed(kind: SourceKind, pbx: Path, folder: Path) -> int:
    """Load the same log by `read_csv`, with types, into a table of a DuckDB file; its rows."""
    path = pbx / FILES[kind]
    if kind is SourceKind.QUEUE_LOG:
        columns = {name: "BIGINT" if name == "time" else "VARCHAR" for name in _QUEUE_FIELDS}
        how = "delim = '|', quote = '', escape = '', null_padding = true, auto_detect = false"
    else:
        order = CDR_REFERENCE if kind is SourceKind.CDR else CEL_REFERENCE
        columns = {name: _TYPES.get(name, "VARCHAR") for name in order}
        how = "delim = ',', quote = '\"', escape = '\"'"
    with duckdb.connect(str(folder / "typed.duckdb")) as connection:
        connection.execute(
            f"create table log as select * from read_csv('{path}', header = false, {how}, columns = {columns})"
        )
        (rows,) = connection.execute("select count(*) from log").fetchone() or (0,)
    return int(rows)


SIDES = {"ours": ours, "typed": typed}


def landing(
    folder: Path, calls: Mapping[SourceKind, int] = FULL, rounds: int = ROUNDS
) -> dict[str, dict[str, float]]:
    """Each log's rate against the typed load's, and its peak memory against that of the typed load."""
    found = {}
    for kind, count in calls.items():
        pbx = folder / f"pbx-{kind}"
        rows = write_scaled(pbx, count, names=[FILES[kind]]).lines[FILES[kind]]
        _apart("ours", kind, pbx, rows)  # the file into the page cache
        pairs = [[_apart(side, kind, pbx, rows) for side in SIDES] for _ in range(rounds)]
        ratios = [theirs[0] / our[0] for our, theirs in pairs]
        memory = [our[1] / theirs[1] for our, theirs in pairs]
        seconds = statistics.median(our[0] for our, _ in pairs)
        found[kind.value] = {
            "ratio": round(statistics.median(ratios), 2),
            "lowest": round(min(ratios), 2),
            "highest": round(max(ratios), 2),
            "memory": round(statistics.median(memory), 2),
            "our_mebibytes": round(statistics.median(our[1] for our, _ in pairs)),
            "rows_per_second": round(rows / seconds),
            "rows": rows,
        }
        (pbx / FILES[kind]).unlink()
    return found


def _apart(side: str, kind: SourceKind, pbx: Path, rows: int) -> tuple[float, float]:
    """Seconds and peak MiB of one side in a process of its own."""
    with tempfile.TemporaryDirectory(dir=pbx.parent) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.landing", side, kind, str(pbx), folder],
            cwd=ROOT, capture_output=True, text=True, check=True, timeout=500,
        )  # fmt: skip
    seconds, mebibytes, landed = json.loads(done.stdout)
    if landed != rows:
        raise ValueError(f"{side} took {landed} of {rows} rows of {kind}")
    return seconds, mebibytes


def _one_side(side: str, kind: SourceKind, pbx: Path, folder: Path) -> None:
    import pyarrow.csv  # noqa: F401 - what a process imports once is no part of the rate

    began = time.perf_counter()
    rows = SIDES[side](kind, pbx, folder)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps([seconds, peak, rows]))


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in SIDES:
        _one_side(sys.argv[1], SourceKind(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(prog="python -m tests.bench.landing", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small logs, one pair")
    is_quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        for kind, values in landing(
            Path(folder), QUICK if is_quick else FULL, 1 if is_quick else ROUNDS
        ).items():
            shown = ", ".join(f"{name} {value:,}" for name, value in values.items())
            sys.stdout.write(f"{kind:10} {shown}\n")


if __name__ == "__main__":
    main()
