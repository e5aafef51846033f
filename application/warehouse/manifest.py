"""Makes the dbt manifest at set-up, so that definitions load without running dbt.

`python -m application.warehouse.manifest` parses the project once and compiles its tests. The folders that the models read from are
known only when a home is opened, so what is made here holds placeholders for them: the manifest tells Dagster which
assets exist, and `build` takes the parsed project and writes the home's places into it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from application.errors import ManifestMissing

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
"""Where the packages, `dbt_project/` and `contracts/` lie: the checkout, or the site-packages of an installed wheel."""

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


def parsed_at_set_up() -> Manifest | None:
    """The project as set-up parsed it, with `PLACEHOLDERS`; null where a file of it is newer, or another dbt made it."""
    from dbt.contracts.graph.manifest import Manifest

    parsed = MANIFEST.with_name("partial_parse.msgpack")
    try:
        made = parsed.stat().st_mtime_ns
        if any(path.stat().st_mtime_ns > made for path in project_files()):
            return None
        return Manifest.from_msgpack(parsed.read_bytes())
    except (OSError, ValueError, TypeError, LookupError):
        return None


def project_files() -> list[Path]:
    """Every source of the dbt project, in order."""
    return sorted(
        path
        for path in DBT_PROJECT.rglob("*")
        if path.suffix in {".sql", ".yml"} and "target" not in path.relative_to(DBT_PROJECT).parts
    )


def make_manifest() -> None:
    """Parse the dbt project, compile its tests and models, and write both into `dbt_project/target/`.

    Raises:
        ManifestMissing: dbt could not; the words are dbt's.
    """
    from dbt.cli.main import dbtRunner

    from application.warehouse.compiled import compile_models

    with TemporaryDirectory() as folder:
        os.environ["MADOGUCHI_WAREHOUSE"] = f"{folder}/warehouse.duckdb"  # a home's has this name
        os.environ.update(PLACEHOLDERS)
        options = [
            "--no-send-anonymous-usage-stats",
            "--no-partial-parse",
            "--project-dir",
            str(DBT_PROJECT),
            "--profiles-dir",
            str(DBT_PROJECT),
            "--target-path",
        ]
        told = ["--quiet", "--log-level-file", "none", "compile", "--select", "resource_type:test"]
        result = dbtRunner().invoke([*told, *options, str(MANIFEST.parent)])
        if not result.success:
            raise ManifestMissing(
                f"dbt could not compile {DBT_PROJECT.name}/: {result.exception or 'see its messages above'}"
            )
        project = parsed_at_set_up()
        if project is None:
            raise ManifestMissing(f"{DBT_PROJECT.name}/ changed while it was compiled: run again.")
        try:
            compile_models(project, ["--quiet", "--log-level-file", "none", *options, folder])
        except ValueError as error:
            raise ManifestMissing(str(error)) from error


if __name__ == "__main__":
    make_manifest()
    sys.exit(0)
