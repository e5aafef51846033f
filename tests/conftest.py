"""What every test may stand on: the shipped samples, never anything outside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of shipped samples: `pbx/` laid out as the PBX writes, and its truth beside it."""
    return SAMPLES


@pytest.fixture(scope="session")
def pbx_dir(samples: Path) -> Path:
    """The recorded PBX, read only."""
    return samples / "pbx"
