"""A home whose models are built by a cluster: a master and two workers on this machine, of which one is killed, and before that the driver."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from application.home.settings import WarehouseEngine
from application.warehouse.days import build_days
from application.warehouse.on_spark import require_ended
from application.warehouse.outcome import NodeOutcome
from application.warehouse.spark_place import MASTER
from application.warehouse.state import present_state
from compliance.ground.home import Home
from tests.homes import AS_OF, ROOT, HomeOnTrial
from tests.spark.cluster import cluster, until
from tests.spark.places import built_by, needs_spark, opened
from tests.support.warehouse_files import differing

pytestmark = [pytest.mark.slow, needs_spark]


def generations(home: Home) -> list[Path]:
    """Tables that are finished."""
    return [*home.spark.glob("warehouse/*_generations.db/*/_SUCCESS")]


@pytest.mark.timeout(2400)
def test_a_killed_driver_leaves_the_file_and_a_killed_worker_the_build(
    finished_home: HomeOnTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`madoguchi run` is killed while it builds; the next build is whole, though a worker is killed in the middle of it."""
    trial = HomeOnTrial(tmp_path, tmp_path / "pbx")
    shutil.copytree(finished_home.root, tmp_path, dirs_exist_ok=True)
    home, before = Home.at(trial.path), Home.at(finished_home.path)
    digest = hashlib.sha256(home.warehouse.read_bytes()).digest()
    places = tmp_path / "cluster"
    places.mkdir()
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with cluster(places, 2) as running:
        monkeypatch.setenv(MASTER, running.master)
        words = ("run", "--home", str(trial.path), "--pbx", str(trial.pbx), "--as-of", AS_OF)
        run = subprocess.Popen(
            trial.command(*words),
            cwd=ROOT, env={**trial.environment(), MASTER: running.master, "MADOGUCHI_ENGINE": "spark"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(
                lambda: len(generations(home)) > 2 or run.poll() is not None, "nothing built", 900
            )
            assert run.poll() is None
        finally:
            run.kill()
            run.wait()
        require_ended(home)
        assert hashlib.sha256(home.warehouse.read_bytes()).digest() == digest
        assert present_state(home) is None

        ended: list[NodeOutcome] = []
        earlier = running.executors()

        def kill_a_worker(outcome: NodeOutcome) -> None:
            ended.append(outcome)
            if len(ended) == 25:
                running.workers[0].kill()
                assert running.workers[0].wait() == -9

        with (
            opened(home, trial.pbx) as place,
            duckdb.connect(str(home.warehouse), read_only=True) as reader,
        ):
            build_days(built_by(place, WarehouseEngine.SPARK), None, None, kill_a_worker)
            assert reader.execute("select count(*) from marts.fct_calls").fetchone() != (0,)
        assert len(ended) > 45
        assert all(now > then for now, then in zip(running.executors(), earlier, strict=True))
        assert running.workers[1].poll() is None
    state, whole = present_state(home), present_state(before)
    assert state and whole
    assert state.engine is WarehouseEngine.SPARK
    assert (state.days, state.failing) == (whole.days, whole.failing)
    assert differing(before, home) == []
