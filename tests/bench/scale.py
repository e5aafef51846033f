"""`python -m tests.bench.scale FOLDER CALLS`: logs of so many calls, and how fast they were written.

The folder can then be read as a PBX's: `madoguchi run --pbx FOLDER`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from simulation.exchange.scale import CALLS_PER_DAY, write_scaled


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("calls", type=int)
    parser.add_argument("--calls-per-day", type=int, default=CALLS_PER_DAY)
    given = parser.parse_args()
    began = time.perf_counter()
    scaled = write_scaled(given.folder, given.calls, calls_per_day=given.calls_per_day)
    seconds = time.perf_counter() - began
    size = sum((given.folder / name).stat().st_size for name in scaled.lines)
    sys.stdout.write(
        f"{given.calls:,} calls on {len(scaled.days):,} days, {sum(scaled.lines.values()):,} lines, "
        f"{size / 1e9:.1f} GB: {given.calls / seconds:,.0f} calls/s, {size / 1e6 / seconds:,.0f} MB/s\n"
    )


if __name__ == "__main__":
    main()
