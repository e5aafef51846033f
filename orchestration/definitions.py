"""The code location that `workspace.yaml` loads: the contract and the home of the environment."""

from __future__ import annotations

import orchestration.instance.framework  # noqa: F401  (first: what loads after it is then cheap)
from application.home.session import read_settings
from orchestration.assets.code_location import build_definitions

defs = build_definitions(read_settings())
