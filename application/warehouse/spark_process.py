"""The process in which dbt builds with Spark: `python -m application.warehouse.spark_process`, for `on_spark` alone.

One line of JSON comes in: what to build. Lines of JSON go out: `{"node": …}` as each model ends, then `{"files": …}`, the files of each
relation, or `{"failure": …}`. Whatever else dbt and Spark say goes to the standard error. Where the input closes, whoever asked is gone,
and the process ends with its session.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote, urlsplit

from application.warehouse.manifest import DBT_PROJECT
from application.warehouse.outcome import told_by_dbt


def main() -> None:
    """The command."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Spark and dbt print is no answer

    def tell(**what: object) -> None:
        print(json.dumps(what), file=lines, flush=True)

    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_whoever_asked, daemon=True).start()
    try:
        failure = _build(asked, lambda outcome: tell(node=outcome))
        files = None if failure else _files(asked["relations"])
    finally:
        _end_session()
    tell(files=files, failure=failure)


def _end_with_whoever_asked() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)  # the session's JVM ends with this process


def _build(asked: Mapping[str, Any], on_node: Callable[[dict[str, Any]], None]) -> str | None:
    """Derive the models; what went wrong, or null."""
    from dbt.cli.main import dbtRunner

    def listen(event: Any) -> None:
        if outcome := told_by_dbt(event):
            on_node(asdict(outcome))

    options = ["--quiet", "--log-level-file", "none", "--no-use-colors", "--no-version-check"]
    options += ["--no-write-json", "--no-send-anonymous-usage-stats"]
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    places += ["--target", "spark", "--target-path", asked["target"]]
    parsed: Any = dbtRunner().invoke(["parse", *options, *places])
    if not parsed.success:
        return str(parsed.exception)
    _read_alone(parsed.result, asked["sources"])
    models = ["run", "--vars", json.dumps(asked["variables"])]
    for word in ("select", "exclude"):
        if asked[word]:
            models += [f"--{word}", asked[word]]
    for words in (["run-operation", "sources_as_tables"], models):
        done: Any = dbtRunner(manifest=parsed.result, callbacks=[listen]).invoke(
            [*options, *words, *places]
        )
        if not done.success:
            return str(done.exception or f"{words[0]}: a node failed")
    return None


def _read_alone(project: Any, files: Mapping[str, Sequence[str]]) -> None:
    """Those files are all that is read of a source."""
    for source in project.sources.values():
        if theirs := files.get(source.name):
            listed = ", ".join(f"'{file}'" for file in theirs)
            source.meta["external_location"] = f"read_parquet([{listed}])"


def _files(relations: Sequence[str]) -> dict[str, list[str]]:
    """Where the rows of each relation lie, as paths."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    return {
        name: [unquote(urlsplit(file).path) for file in session.table(name).inputFiles()]
        for name in relations
    }


def _end_session() -> None:
    """Its JVM too, so that the next build finds the tables free."""
    from pyspark import SparkContext

    if context := SparkContext._active_spark_context:
        context.stop()
    if gateway := SparkContext._gateway:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()


if __name__ == "__main__":
    main()
