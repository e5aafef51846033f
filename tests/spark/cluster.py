"""A standalone cluster of Spark's on this machine: a master and workers, each a process of its own, gone at the end."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ENOUGH_SECONDS = 120.0


def until(holds: Callable[[], object], what: str, seconds: float = _ENOUGH_SECONDS) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """`master` is its address as Spark writes it; each worker has one core and a folder of what it ran."""

    master: str
    workers: tuple[subprocess.Popen[bytes], ...]
    folders: tuple[Path, ...]

    def executors(self) -> list[int]:
        """How many executors each worker has begun."""
        return [len([*folder.glob("app-*/[0-9]*")]) for folder in self.folders]


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Ports are whatever is free; a worker ends with its executors, which follow it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> Path:
        log = folder / f"{name}.log"
        with log.open("wb") as file:
            started.append(
                subprocess.Popen(
                    _command(*words), stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=_environment(folder)
                )
            )  # fmt: skip
        return log

    try:
        own = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        log = start("master", "org.apache.spark.deploy.master.Master", *own)
        found = re.compile(r"Starting Spark master at (spark://\S+)")
        until(lambda: found.search(log.read_text()), "no master")
        address = found.search(log.read_text()).group(1)
        folders = tuple(folder / f"worker-{n}" for n in range(workers))
        for place in folders:
            place.mkdir()
            room = ("--cores", "1", "--memory", "1g", "--work-dir", str(place))
            start(place.name, "org.apache.spark.deploy.worker.Worker", *own, *room, address)
        until(lambda: log.read_text().count("Registering worker") == workers, "no workers")
        yield Cluster(address, tuple(started[1:]), folders)
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _command(*words: str) -> list[str]:
    import pyspark

    return [str(Path(pyspark.__file__).parent / "bin" / "spark-class"), *words]


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_DAEMON_MEMORY": "256m",
    }
