"""The code location that `workspace.yaml` loads: the contract and the home of the environment."""

from __future__ import annotations

from orchestration.code_location import build_definitions
from orchestration.workplace import read_settings

defs = build_definitions(read_settings())
