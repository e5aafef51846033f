"""What Apache Spark needs on this machine to build a warehouse, and what of it is not here: no installation of ours brings it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = {"pyspark": "pyspark", "dbt-spark": "dbt.adapters.spark"}
"""Libraries by their names, and the module that each brings."""


def missing_for_spark(environment: Mapping[str, str]) -> dict[str, str]:
    """What is not here, by its name, and what to do about it, one line each."""
    found = {}
    if not _has_java(environment):
        found["Java"] = (
            "is not here: install a runtime of Java 17 (openjdk-17-jre-headless), or name it in JAVA_HOME"
        )
    for name, module in _LIBRARIES.items():
        if find_spec(module) is None:
            found[name] = (
                "is not here: install what requirements-spark.lock names into this environment"
            )
    return found


def _has_java(environment: Mapping[str, str]) -> bool:
    if home := environment.get("JAVA_HOME"):
        return os.access(Path(home) / "bin" / "java", os.X_OK)
    return shutil.which("java", path=environment.get("PATH")) is not None
