"""Nothing is fetched and nothing is sent (別紙1-5(1)): every connect of a whole run is seen by the kernel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import ROOT, HomeOnTrial

ALLOWED = re.compile(
    r'sa_family=AF_UNIX|sa_family=AF_UNSPEC|sa_family=AF_NETLINK|inet_addr\("127\.|"::1"'
)
TELLTALE = """
import sys

def _watch(event, args):
    if event == "socket.getaddrinfo" and args[0] not in {None, "localhost", "127.0.0.1", "::1"}:
        raise RuntimeError(f"asks for {args[0]!r}")
    if event == "socket.connect" and isinstance(args[1], tuple):
        if not str(args[1][0]).startswith(("127.", "::1", "localhost")):
            raise RuntimeError(f"connects to {args[1]!r}")

sys.addaudithook(_watch)
"""


@pytest.mark.slow
def test_no_python_of_a_run_asks_or_connects_beyond_this_machine(new_home: HomeOnTrial) -> None:
    hook = new_home.root / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(TELLTALE)
    probe = "import socket; socket.getaddrinfo('example.org', 80)"
    environment = {**new_home.environment(), "PYTHONPATH": str(hook)}
    caught = subprocess.run(
        [sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=False
    )
    assert "asks for" in caught.stderr, "the hook sees what it ought to"
    done = subprocess.run(
        new_home.command(
            "run", "--home", str(new_home.path), "--pbx", str(new_home.pbx),
            "--as-of", "2023-11-28T18:00+09:00",
        ),
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "beyond" not in done.stderr and "asks for" not in done.stderr


@pytest.mark.slow
def test_no_connect_of_a_whole_run_leaves_this_machine(
    new_home: HomeOnTrial, tmp_path: Path
) -> None:
    strace = shutil.which("strace")
    if strace is None:
        if os.environ.get("MADOGUCHI_CI") == "1":
            pytest.fail("strace is not installed")
        pytest.skip("strace is not installed")
    seen = tmp_path / "connects"
    done = subprocess.run(
        [
            strace, "-f", "-q", "-e", "trace=connect,sendto", "-e", "signal=none", "-o", str(seen),
            *new_home.command(
                "run", "--home", str(new_home.path), "--pbx", str(new_home.pbx),
                "--as-of", "2023-11-28T18:00+09:00",
            ),
        ],
        cwd=ROOT, env=new_home.environment(), capture_output=True, text=True, timeout=500,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outside = [
        line
        for line in seen.read_text().splitlines()
        if "sa_family" in line and not ALLOWED.search(line)
    ]
    assert outside == []


def test_telemetry_is_off_for_good() -> None:
    dagster = (ROOT / "orchestration" / "instance" / "dagster.yaml").read_text()
    assert re.search(r"telemetry:\s*\n\s*enabled: false", dagster)
    assert (
        "send_anonymous_usage_stats: false"
        in (ROOT / "dbt_project" / "dbt_project.yml").read_text()
    )
