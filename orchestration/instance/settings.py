"""The Dagster instance of a home: its settings are the product's, copied into the home when the instance is opened."""

from __future__ import annotations

from pathlib import Path

from compliance.ground.durable import write_durably
from compliance.ground.home import Home

DAGSTER_YAML = Path(__file__).with_name("dagster.yaml")


def write_instance_settings(home: Home) -> None:
    """Put the instance's settings where Dagster looks for them; files that are the same stay untouched."""
    path, wanted = home.dagster / DAGSTER_YAML.name, DAGSTER_YAML.read_bytes()
    if not path.is_file() or path.read_bytes() != wanted:
        write_durably(path, wanted)
