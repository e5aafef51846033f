"""A warm process: it has loaded what every run needs, and forks once per run.

It keeps no store open (nor a connection to one), starts no thread, and reads lines `{"run_id", "ref"}` from the socket at descriptor 0; each is answered by
`{"pid", "resident"}` (KiB). Where the definitions would not be the same any more, or cannot be told to be, `pid` is 0 and it forks no more: a
new one is started. A child that dies without ending its run is told in the event log at once, by another child. When the socket closes, it
waits for the runs that are alive, and ends.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

LOADED_BY_RUNS = (
    "alembic.command",
    "dagster._cli.api",
    "dagster._core.execution.plan.active",
    "dagster._core.executor.in_process",
    "dagster._core.instance.factory",
    "dagster._core.storage.legacy_storage",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.migration.utils",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "dagster._core.system_config.composite_descent",
    "dagster._utils.test.definitions",
    "great_expectations",
    "orchestration.instance.coordinator",
    "orchestration.instance.event_log",
    "orchestration.instance.launcher",
    "pandas",
    "pyarrow.dataset",
    "scipy.stats",
    "upath.implementations.local",
)
"""What a run loads beyond the definitions, and that is slow to load. Not DuckDB: it starts a thread when it is loaded."""
LOADED_ON_POSTGRESQL = (
    "orchestration.instance.on_postgresql",
    "psycopg",
    "psycopg2.extras",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.postgresql.psycopg2",
)


def loaded_by_runs() -> tuple[str, ...]:
    """What a run of this home loads: with PostgreSQL's modules where Dagster's storage lies there."""
    from application.home.session import read_settings

    is_elsewhere = read_settings().run_store is not None
    return (*LOADED_BY_RUNS, *(LOADED_ON_POSTGRESQL if is_elsewhere else ()))


def main() -> None:
    """Serve the socket at descriptor 0 with the code location of the module that the command line names."""
    wire, module = socket.socket(fileno=os.dup(0)), sys.argv[1]
    for name in (module, *loaded_by_runs()):
        importlib.import_module(name)
    sys.modules[module].defs.get_repository_def()
    _Warm(wire).serve()


class _Warm:
    """The loop: what is asked, and which children ended."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._stamp = _stamp()
        self._runs: dict[int, tuple[str, str]] = {}
        self._pipe = os.pipe()
        for end in self._pipe:
            os.set_blocking(end, False)

    def serve(self) -> None:
        """Fork until the socket is closed and no run is alive."""
        if threading.active_count() != 1:
            raise RuntimeError("a process that forks has no other thread")
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._say(pid=os.getpid())
        rest, is_asked = b"", True
        while is_asked or self._runs:
            ready, _, _ = select.select(
                [self._wire, self._pipe[0]] if is_asked else [self._pipe[0]], [], []
            )
            if self._pipe[0] in ready:
                self._reap()
            if self._wire in ready:
                got = self._wire.recv(1 << 16)
                is_asked = bool(got)
                *lines, rest = (rest + got).split(b"\n")
                is_asked = all(self._begin(**json.loads(line)) for line in lines) and is_asked
        return

    def _begin(self, run_id: str, ref: str) -> bool:
        """Fork the process of a run; false where it would not see the definitions as they are now."""
        if not self._is_as_loaded():
            self._say(pid=0)
            return False
        pid = self._fork(_execute, run_id, ref)
        self._runs[pid] = (run_id, ref)
        self._say(pid=pid)
        return True

    def _is_as_loaded(self) -> bool:
        try:
            return _stamp() == self._stamp
        except Exception:  # noqa: BLE001 - a contract that is being written, a store that does not answer: a new process says what
            return False

    def _reap(self) -> None:
        os.read(self._pipe[0], 512)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            run = self._runs.pop(pid, None)
            if run is not None and status:
                self._fork(_tell, *run, status)

    def _say(self, pid: int) -> None:
        self._wire.sendall(json.dumps({"pid": pid, "resident": _resident()}).encode() + b"\n")

    def _fork(self, work: Callable[..., int], *given: object) -> int:
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._wire.close()
            for end in self._pipe:
                os.close(end)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            status = work(*given)
        except BaseException:  # noqa: BLE001 - whatever ended it, this process goes no further
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)


def _execute(run_id: str, ref: str) -> int:
    """Be the process of a run, as `dagster api execute_run` is."""
    import dagster as dg
    from dagster._cli.api import _execute_run_command_body
    from dagster._core.instance import InstanceRef
    from dagster._serdes import deserialize_value
    from dagster._utils.interrupts import capture_interrupts

    from orchestration.instance.workers import working

    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        capture_interrupts(),
        dg.DagsterInstance.from_ref(deserialize_value(ref, InstanceRef)) as instance,
        working(Path(instance.root_directory), run_id),
    ):
        return _execute_run_command_body(run_id, instance, lambda _: None, True)


def _tell(run_id: str, ref: str, status: int) -> int:
    """Say of a run whose process died that it failed, and how."""
    import dagster as dg
    from dagster._core.instance import InstanceRef
    from dagster._serdes import deserialize_value

    from orchestration.instance.workers import Worker, forget, look

    with dg.DagsterInstance.from_ref(deserialize_value(ref, InstanceRef)) as instance:
        root, run = Path(instance.root_directory), instance.get_run_by_id(run_id)
        if look(root, run_id)[0] is Worker.ALIVE:
            return (
                0  # another process is at it: this one was the second, and no more than that ended
            )
        if run is not None and not run.is_finished:
            instance.report_run_failed(run, ended_ja(status))
        forget(root, run_id)
    return 0


def ended_ja(status: int) -> str:
    """How a process ended, from what `waitpid` gives, for whoever reads the run's page."""
    how = (
        f"シグナル{os.WTERMSIG(status)}"
        if os.WIFSIGNALED(status)
        else f"終了コード{os.waitstatus_to_exitcode(status)}"
    )
    return f"実行中のプロセスが途中で終了しました（{how}）。もう一度実行すると、残りから行います。"


def _stamp() -> object:
    """What the definitions depend on besides the code: the contract, the models as they were compiled, and a simulated home's day. A
    form is read by whoever needs it, as it is then."""
    from application.home.session import peek_clock, read_settings
    from application.warehouse.compiled import COMPILED
    from compliance.ground.clock import ClockKind
    from compliance.ground.japan import civil_date

    settings, compiled = read_settings(), COMPILED.stat() if COMPILED.is_file() else None
    clock = peek_clock(settings)
    is_real = clock is not None and clock[0] is ClockKind.REAL
    models = compiled and (compiled.st_mtime_ns, compiled.st_size)
    return (
        settings,
        models,
        clock and clock[0],
        None if is_real or clock is None else civil_date(clock[1]),
    )


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    main()
