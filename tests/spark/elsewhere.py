"""A build of the models on Apache Spark, in a process of its own: `python -m tests.spark.elsewhere HOME PLACE [FROM TO]`.

Reads what landed in HOME; Spark's tables lie in PLACE, and stay there between builds. What was built is written beside as
Parquet, one file for each relation: `PLACE/told/<schema>.<name>.parquet`; what dbt's tests found of all days, in `PLACE/found.json`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from tests.homes import ROOT

AS_OF = "2023-12-25T09:00:00+00:00"


def main(home: Path, place: Path, days: list[str]) -> None:
    """The command."""
    os.environ |= {
        "MADOGUCHI_LANDING": str(home / "landing"),
        "MADOGUCHI_REFERENCE": str(home / "reference"),
        "MADOGUCHI_FLOOR": str(home / "floor"),
        "MADOGUCHI_SPARK": str(place),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "DO_NOT_TRACK": "1",
    }
    from dbt.cli.main import dbtRunner

    project = str(ROOT / "dbt_project")
    options = ["--quiet", "--log-level-file", "none", "--no-partial-parse", "--no-use-colors"]
    places = ["--project-dir", project, "--profiles-dir", project, "--target", "spark"]
    places += ["--target-path", str(place / "dbt")]
    bounds = dict(zip(("from_date", "to_date"), days, strict=False))
    asked = [
        ["run-operation", "sources_as_views"],
        ["run", "--vars", json.dumps({"as_of": AS_OF, **bounds})],
        ["test", "--exclude-resource-type", "unit_test"],
    ]
    for words in asked[:2] if days else asked:
        done = dbtRunner().invoke([*options, *words, *places])
        if done.exception is not None or (words[0] != "test" and not done.success):
            sys.exit(f"{words[0]}: {done.exception or 'a node failed'}")
    if not days:
        found = {one.node.unique_id: one.failures for one in done.result.results}
        (place / "found.json").write_text(json.dumps(found), "utf-8")
    write_down(place / "told")


def write_down(folder: Path) -> None:
    """Every relation that a model made, whole."""
    import pyarrow.parquet
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for schema in ("staging", "intermediate", "marts", "reports"):
        for row in session.sql(f"show views in {schema}").collect():
            name = f"{schema}.{row.viewName}"
            pyarrow.parquet.write_table(session.table(name).toArrow(), folder / f"{name}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
