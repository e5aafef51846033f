"""A `madoguchi` process that need not import first: forked from a server of this test process, which has imported everything.

It is a process of its own, with its own environment, exit code and output, as one that somebody starts; only the seconds of imports
are gone. What starting costs, and what it imports, is asked of real ones (`test_cli`, `test_definitions`).
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

_IMPORTED = [
    "orchestration.cli", "orchestration.command.headless", "orchestration.definitions", "dagster_dbt", "dbt.cli.main", "dbt.adapters.duckdb",
    "great_expectations", "duckdb", "pandas", "xlsxwriter", "typst", "matplotlib.figure", "telephony_ingest.quality.judge",
]  # fmt: skip
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(_IMPORTED)


def run_warm(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
) -> subprocess.CompletedProcess[str]:
    """`python -m orchestration.cli` with those words, to its end.

    Raises:
        subprocess.TimeoutExpired: it took longer than that, and was killed.
    """
    with tempfile.TemporaryDirectory() as taken:
        out, err = Path(taken) / "out", Path(taken) / "err"
        process = _CONTEXT.Process(
            target=_act, args=(tuple(words), str(folder), dict(environment), str(out), str(err))
        )
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(words), seconds)
        return subprocess.CompletedProcess(
            list(words), process.exitcode, out.read_text("utf-8"), err.read_text("utf-8")
        )


def _act(words: Sequence[str], folder: str, environment: dict[str, str], *files: str) -> None:
    for descriptor, path in enumerate(files, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    warnings.simplefilter("ignore")
    sys.argv = ["madoguchi", *words]
    runpy.run_module("orchestration.cli", run_name="__main__", alter_sys=True)
