"""Builds the warehouse with Apache Spark, and puts a file with every relation in the place of the one that papers read.

Spark's tables lie in the home (`Home.spark`), on storage that the master's workers reach by the same path, as they reach landing. dbt and
the session live in a process of their own (`spark_process`), which ends with the build, or with whoever asked for it: a session
is one per process, and what dbt loaded for DuckDB builds nothing else. Until every model is built and brought over (`brought`), readers
have the file of before.

Left out: what the models say (`dbt_project`), which days to build (`days`), and what is missing for it here (`spark_missing`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from application.errors import ModelFailed
from application.warehouse.brought import bring_over
from application.warehouse.build import folders_read, require_whole, sources_of
from application.warehouse.compiled import CompiledProject, Days, compiled_at_set_up
from application.warehouse.manifest import PROJECT_ROOT
from application.warehouse.outcome import NodeOutcome
from application.warehouse.running import Filled
from application.warehouse.spark_missing import missing_for_spark
from application.warehouse.spark_place import machine_of, passed_on

if TYPE_CHECKING:
    from compliance.ground.home import Home

_ODD = frozenset("'\"`{},\\")
_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class _Told:
    """What the process has told so far: outcomes, and at its end the files of each relation or why there are none."""

    outcomes: list[NodeOutcome]
    files: Mapping[str, Sequence[str]] | None = None
    failure: str | None = None


def build_on_spark(
    home: Home,
    variables: Mapping[str, str | None],
    *,
    select: str | None = None,
    exclude: str | None = None,
    files: Mapping[str, Sequence[Path]] | None = None,
    on_node: Callable[[NodeOutcome], None] = lambda _: None,
) -> tuple[NodeOutcome, ...]:
    """As `build.build`: each model's outcome, in the order they ended.

    Raises:
        ModelFailed: a model could not be built, or the process ended before the last; the file of before is still there.
    """
    project = require_buildable(home)
    require_ended(home)
    asked = {
        "variables": variables,
        "select": select,
        "exclude": exclude,
        "sources": {
            name: [str(file) for file in theirs] for name, theirs in (files or {}).items() if theirs
        },
        "relations": [f"{model.schema}.{model.name}" for model in project.models],
        "target": str(home.spark / "dbt"),
    }
    told = _Told([])
    with _process(home, asked) as lines:
        for line in lines:
            _take(told, json.loads(line), on_node)
    failure = told.failure or (None if told.files is not None else "the process ended before that")
    require_whole(home, told.outcomes, failure)
    bring_over(home, project.models, told.files or {}, _filled(home, project, variables))
    return tuple(told.outcomes)


def require_buildable(home: Home) -> CompiledProject:
    """What Spark would build here; asked before anything that was built is thrown away.

    Raises:
        ModelFailed: something is missing on this machine, or the home's path cannot be said to Spark.
    """
    if missing := missing_for_spark(os.environ):
        raise ModelFailed(
            f"Spark cannot build the warehouse: {', '.join(missing)} not here (`madoguchi doctor` says what to do)."
        )
    project = compiled_at_set_up()
    if project is None:
        raise ModelFailed("The models were not compiled at set-up: run `make setup`.")
    if odd := sorted(set(str(home.root)) & _ODD):
        raise ModelFailed(
            f"Spark cannot read a home whose path holds {' '.join(odd)}: move it, or build without MADOGUCHI_ENGINE."
        )
    return project


def require_ended(home: Home) -> None:
    """Wait for the session of a build that was killed: it ends a moment after whoever asked for it, and writes into the home until then.

    Raises:
        ModelFailed: it has not ended within a minute.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while _is_session_alive(f"{home.spark}/warehouse".encode()):
        if time.monotonic() > until:
            raise ModelFailed(
                "A build of Spark's that was broken off has not ended yet: run again in a minute."
            )
        time.sleep(0.2)


def _is_session_alive(place: bytes) -> bool:
    """Whether a process of this machine was begun with that folder for its tables."""
    for told in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if place in told.read_bytes():
                return True
        except OSError:  # it ended meanwhile
            continue
    return False


def _take(told: _Told, line: Mapping[str, Any], on_node: Callable[[NodeOutcome], None]) -> None:
    if "node" in line:
        told.outcomes.append(NodeOutcome(**line["node"]))
        on_node(told.outcomes[-1])
    told.files = line.get("files", told.files)
    told.failure = line.get("failure", told.failure)


def _filled(home: Home, project: CompiledProject, variables: Mapping[str, str | None]) -> Filled:
    return Filled(Days.ALL, None, None, variables["as_of"] or "", sources_of(home, project, {}))


@contextmanager
def _process(home: Home, asked: Mapping[str, object]) -> Iterator[IO[str]]:
    """The lines that the process writes; it ends when the block does. Its input stays open for as long: where that closes, it ends."""
    home.spark.mkdir(mode=0o700, exist_ok=True)
    with (home.logs / "spark.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "application.warehouse.spark_process"],  # workers write where it runs: nothing is loaded from there
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            cwd=home.spark, env=_environment(home), text=True,
        )  # fmt: skip
        assert process.stdin and process.stdout  # noqa: S101 - asked for above
        try:
            with process.stdin, process.stdout:
                process.stdin.write(json.dumps(asked) + "\n")
                process.stdin.flush()
                yield process.stdout
        finally:
            try:
                process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(home: Home) -> dict[str, str]:
    """What the process is told: the home's folders, where its tables lie, and on this machine alone no address but its own."""
    told = {
        **passed_on(os.environ),
        **folders_read(home),
        "MADOGUCHI_SPARK": str(home.spark),
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    if not machine_of(os.environ):
        told.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    return told
