"""Launches a home's runs from a warm process (`warm`); where none can be had, as Dagster does by default.

Most of what somebody waits for after a click is the start of an interpreter: what a run loads is loaded once here, and a run is a
fork of it (ADR 28). The warm process belongs to Dagster's daemon, which ends with the service. It is replaced when it broke, when it
grew, and when the contract changed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from dagster import DagsterRun
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._serdes import serialize_value

from orchestration.instance import warm
from orchestration.instance.workers import Worker, look, sweep

CODE = "orchestration.definitions"
_ANSWERS_WITHIN = 60.0
_GROWS_BY = 1.5
_GONE = "この実行のプロセスはありません（サービスの再起動や停電など）。もう一度実行すると、残りから行います。"


class WarmProcess:
    """One warm process and the wire to it; it is asked for one fork at a time."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", warm.__name__, CODE],
                stdin=theirs.fileno(),
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        ours.settimeout(_ANSWERS_WITHIN)
        self._wire, self._answers = ours, ours.makefile("rb")
        self._resident_at_first = 0
        self.resident = 0
        """KiB, at the last fork."""

    @property
    def has_grown(self) -> bool:
        """Whether it takes half as much again as at first."""
        return self.resident > self._resident_at_first * _GROWS_BY

    def fork(self, run_id: str, ref: str) -> int:
        """The pid of a new process for a run; 0 where it was loaded for another contract and forks no more.

        Raises:
            OSError: it does not answer in a minute.
            ValueError: it ended.
        """
        if not self._resident_at_first:
            self._resident_at_first = int(self._answer()["resident"])
        self._wire.sendall(json.dumps({"run_id": run_id, "ref": ref}).encode() + b"\n")
        answer = self._answer()
        self.resident = int(answer["resident"])
        return int(answer["pid"])

    def close(self) -> None:
        """Ask nothing more of it: it ends when the runs that it began have."""
        self._answers.close()
        self._wire.close()

    def kill(self) -> None:
        """End it: it did not answer, and shall fork nothing late. What it forked goes on."""
        self.process.kill()
        self.process.wait()
        self.close()

    def _answer(self) -> Any:
        return json.loads(self._answers.readline())


_turn = threading.Lock()
_warm: WarmProcess | None = None


def warm_up() -> None:
    """Have a warm process, where runs can be forked; it makes itself ready beside whoever asks."""
    with _turn:
        _ready()


def _ready() -> WarmProcess:
    global _warm
    if _warm is None or _warm.has_grown or _warm.process.poll() is not None:
        _let_go()
        _warm = WarmProcess()
    return _warm


def _let_go() -> None:
    global _warm
    if _warm is not None:
        _warm.close()
        _warm = None


class WarmLauncher(DefaultRunLauncher):
    """What `dagster.yaml` names as the launcher of runs."""

    _has_swept = False

    def launch_run(self, context: LaunchRunContext) -> None:
        """Fork the run's process from the warm one; a second one is tried where the first broke or was of another contract."""
        run = context.dagster_run
        if sys.platform == "linux" and self._fork(run):
            return
        self._instance.report_engine_event(
            "No warm process answers: launched as Dagster does by default.", run, cls=self.__class__
        )
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Ask the process of a run to end."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        worker, pid = look(self._root, run_id)
        if worker is not Worker.ALIVE or not pid:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        self._instance.report_run_canceling(run)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
            return True
        return False

    @property
    def supports_check_run_worker_health(self) -> bool:
        """The daemon asks for the process of each run that has started."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run is there; of one that began elsewhere nothing is known, and it is taken to be."""
        gone = look(self._root, run.run_id)[0] is Worker.GONE
        return CheckRunHealthResult(WorkerStatus.FAILED if gone else WorkerStatus.RUNNING)

    def get_run_worker_debug_info(
        self, run: DagsterRun, include_container_logs: bool | None = True
    ) -> str | None:
        """What the run's page says, beside Dagster's own words, of one whose process is gone."""
        return _GONE if look(self._root, run.run_id)[0] is Worker.GONE else None

    @property
    def _root(self) -> Path:
        return Path(self._instance.root_directory)

    def _fork(self, run: DagsterRun) -> bool:
        ref = serialize_value(self._instance.get_ref())
        global _warm
        with _turn:
            if not self._has_swept:
                sweep(self._root, self._is_over)
                self._has_swept = True
            for _ in range(2):
                warm = _ready()
                try:
                    if warm.fork(run.run_id, ref):
                        return True
                    _let_go()
                except (OSError, TypeError, ValueError):
                    warm.kill()
                    _warm = None
                    if look(self._root, run.run_id)[0] is Worker.ALIVE:
                        return True  # it had forked, and broke before it said so
        return False

    def _is_over(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        return run is None or run.is_finished
