"""Dagster and its dbt half, loaded; what they hold is never looked through for garbage again.

Every run of Dagster is a new process that loads the code location. A third of our own share of that time
went into the collector's walks through the framework's objects, none of which ever dies.
"""

from __future__ import annotations

import gc

import dagster as dagster
import dagster_dbt as dagster_dbt

gc.freeze()
