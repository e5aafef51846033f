"""A real browser without a screen: opens a page from a file and gives its DOM. Skips by name where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--no-default-browser-check",
)  # fmt: skip


def chromium() -> str:
    """The browser's command, or a skip that names it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("MADOGUCHI_CI") == "1":
            raise AssertionError("chromium is required here and is not installed")
        pytest.skip("no chromium is installed")
    return found


def dom_of(page: Path, profile: Path, *, budget_ms: int = 60_000) -> str:
    """The page's DOM after its scripts have run."""
    done = subprocess.run(
        [
            chromium(), *_FLAGS, f"--user-data-dir={profile}",
            f"--virtual-time-budget={budget_ms}", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, timeout=150, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8")
