"""Dagster and its dbt half, loaded without dbt; what they hold is never looked through for garbage again.

Every run of Dagster is a new process that loads the code location. A third of our own share of that time
went into the collector's walks through the framework's objects, none of which ever dies.

dagster-dbt works without dbt, which some install elsewhere: it asks for `dbt.version`, and where there is none it takes the
manifest as it is. That is all that definitions need; dbt is a second of every process, and is loaded by whoever builds with it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dagster

_ASKED_FOR = "dbt.version"


@contextmanager
def _without_dbt() -> Iterator[None]:
    modules: dict[str, Any] = sys.modules  # null: whoever imports it is told that there is none
    loaded = modules.get(_ASKED_FOR)
    modules[_ASKED_FOR] = None
    try:
        yield
    finally:
        if loaded is None:
            del modules[_ASKED_FOR]
        else:
            modules[_ASKED_FOR] = loaded


with _without_dbt():
    from dagster_dbt import DagsterDbtTranslator as DagsterDbtTranslator
    from dagster_dbt import DagsterDbtTranslatorSettings as DagsterDbtTranslatorSettings
    from dagster_dbt import dbt_assets as dbt_assets

gc.freeze()
