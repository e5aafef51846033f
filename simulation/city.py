"""The folder that stands for what the city of demo and simulation received."""

from __future__ import annotations

from pathlib import Path


def city_medium(home: Path) -> Path:
    """The folder that stands for the medium that the city receives."""
    return home.with_name(home.name + "-media-city")
