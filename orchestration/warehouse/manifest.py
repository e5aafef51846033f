"""Makes the dbt manifest at set-up, so that definitions load without running dbt.

`python -m orchestration.warehouse.manifest` parses the project once and compiles its tests. The folders that the models read from are
known only when a home is opened, so the manifest made here holds placeholders for them: it tells
Dagster which assets exist, and `build` parses again, once per process, for the home at hand.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.errors import ManifestMissing

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""The checkout: where `dbt_project/`, `contract.toml` and `workspace.yaml` lie."""

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
MANIFEST = DBT_PROJECT / "target" / "manifest.json"

PLACEHOLDERS = {
    name: f"set-up/{name.lower()}"
    for name in ("MADOGUCHI_LANDING", "MADOGUCHI_REFERENCE", "MADOGUCHI_FLOOR")
}
"""What stands in the manifest for a home's folders, by the variables that dbt reads them from."""


def require_manifest() -> Path:
    """The manifest's path.

    Raises:
        ManifestMissing: set-up has not made it.
    """
    if not MANIFEST.is_file():
        raise ManifestMissing(
            "The dbt manifest is missing, so Dagster cannot tell which assets exist: run `make setup`."
        )
    return MANIFEST


def make_manifest() -> None:
    """Parse the dbt project, compile its tests, and write `dbt_project/target/manifest.json`."""
    from dbt.cli.main import dbtRunner

    with TemporaryDirectory() as folder:
        os.environ["MADOGUCHI_WAREHOUSE"] = f"{folder}/warehouse.duckdb"  # a home's has this name
        os.environ.update(PLACEHOLDERS)
        result = dbtRunner().invoke(
            [
                "--quiet",
                "--no-send-anonymous-usage-stats",
                "--log-level-file",
                "none",
                "--no-partial-parse",
                "compile",
                "--select",
                "resource_type:test",
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
                "--target-path",
                str(MANIFEST.parent),
            ]
        )
    if not result.success:
        raise ManifestMissing(
            f"dbt could not compile {DBT_PROJECT.name}/: {result.exception or 'see its messages above'}"
        )


if __name__ == "__main__":
    make_manifest()
    sys.exit(0)
