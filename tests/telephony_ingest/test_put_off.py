"""What Great Expectations would import for nothing stays out, and whoever looks for it meanwhile finds that it is there."""

from __future__ import annotations

import subprocess
import sys

from tests.homes import ROOT

LOOK = """
import sys
from importlib.util import find_spec
from telephony_ingest.quality import expectations
with expectations._put_off():
    assert "scipy" in sys.modules and "numpy" not in sys.modules
    assert find_spec("scipy") and find_spec("altair")
assert "scipy" not in sys.modules
expectations.load()
assert "scipy" not in sys.modules and "altair" not in sys.modules
import scipy
assert scipy.__version__ and find_spec("scipy").loader
"""


def test_a_module_that_is_put_off_can_be_looked_for_and_is_the_real_one_afterwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
