"""What a user would pick instead for taking in a CDR: pandas, polars, dlt, each in its plainest typed way.

None of them judges a row, keeps its place or makes a pseudonym; they stand beside landing to tell what that costs. They are no
dependency of ours: `MADOGUCHI_PEERS` names a Python that has them, else those are measured that this one has.

`python peers.py PEER CSV FOLDER COLUMNS` is one of them, in a process of its own.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = ("start", "answer", "end")
NUMBERS = ("duration", "billsec")
PEERS = ("pandas", "polars", "dlt")
ROUNDS = 3


def peers(
    path: Path, columns: list[str], rows: int, our_rows_per_second: float
) -> dict[str, dict[str, float]]:
    """Our rate against each peer's that is there, on one CDR of so many rows."""
    python = os.environ.get("MADOGUCHI_PEERS") or sys.executable
    found = {}
    for peer in PEERS:
        if subprocess.run(
            [python, "-c", f"import {peer}"], capture_output=True, check=False
        ).returncode:
            continue
        with tempfile.TemporaryDirectory() as folder:
            timings = [
                json.loads(
                    subprocess.run(
                        [python, __file__, peer, str(path), folder, json.dumps(columns)],
                        capture_output=True, text=True, check=True, timeout=600,
                    ).stdout.splitlines()[-1]
                )
                for _ in range(ROUNDS)
            ]  # fmt: skip
        rates = sorted(rows / seconds for seconds, _ in timings)
        found[f"rows/s of cdr : {peer}"] = {
            "ratio": round(our_rows_per_second / statistics.median(rates), 2),
            "lowest": round(our_rows_per_second / rates[-1], 2),
            "highest": round(our_rows_per_second / rates[0], 2),
            "their_rows_per_second": round(statistics.median(rates)),
            "their_mebibytes": round(max(mebibytes for _, mebibytes in timings)),
        }
    return found


def _pandas(path: str, folder: Path, columns: list[str]) -> None:
    import pandas as pd

    types = {
        name: "float64" if name in NUMBERS else "string" for name in columns if name not in TIMES
    }
    frame = pd.read_csv(path, header=None, names=columns, dtype=types, parse_dates=list(TIMES))
    frame.to_parquet(folder / "cdr.parquet", compression="zstd")


def _polars(path: str, folder: Path, columns: list[str]) -> None:
    import polars as pl  # type: ignore[import-not-found]

    types = {
        name: pl.Datetime if name in TIMES else pl.Float64 if name in NUMBERS else pl.String
        for name in columns
    }
    pl.scan_csv(path, has_header=False, schema=types, try_parse_dates=True).sink_parquet(
        folder / "cdr.parquet", compression="zstd"
    )


def _dlt(path: str, folder: Path, columns: list[str]) -> None:
    import dlt  # type: ignore[import-not-found]
    import pyarrow.csv

    @dlt.resource(name="cdr")  # type: ignore[untyped-decorator]
    def rows() -> object:
        reader = pyarrow.csv.open_csv(
            path, read_options=pyarrow.csv.ReadOptions(column_names=columns)
        )
        for batch in reader:
            yield pyarrow.Table.from_batches([batch])

    pipeline = dlt.pipeline(
        "cdr",
        destination=dlt.destinations.duckdb(str(folder / "cdr.duckdb")),
        pipelines_dir=str(folder),
    )
    pipeline.run(rows())


if __name__ == "__main__":
    began = time.perf_counter()
    {"pandas": _pandas, "polars": _polars, "dlt": _dlt}[sys.argv[1]](
        sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4])
    )
    sys.stdout.write(
        json.dumps(
            [time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]
        )
        + "\n"
    )
