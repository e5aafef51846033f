"""The code location that `workspace.yaml` loads: the contract and the home of the environment."""

from __future__ import annotations

from orchestration.assets.code_location import build_definitions
from orchestration.opening.workplace import read_settings

defs = build_definitions(read_settings())
