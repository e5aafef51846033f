"""Dagster's daemon as a child that outlives nobody: it ends with the service that started it, however that ended.

A service that is killed outright cannot end its daemon, and a second one beside it would start every schedule twice. So the
service holds one end of a pipe, and when the kernel closes it this process and all of its group go too.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def main() -> None:
    """Run the daemon with the arguments of `dagster-daemon` until standard input closes."""
    threading.Thread(target=_end_with_the_service, name="service-watch", daemon=True).start()
    from orchestration.instance.launcher import warm_up

    warm_up()
    from dagster._daemon.cli import main as run_daemon

    sys.argv[0] = "dagster-daemon"
    run_daemon()


def _end_with_the_service() -> None:
    while os.read(0, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
