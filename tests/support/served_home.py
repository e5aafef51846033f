"""A home that is served, as a process of its own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import httpx2
import pytest
from sqlalchemy import create_engine

from application.home.environment import environment
from application.home.session import read_settings
from compliance.audit.log import AuditFolder, AuditLog, entries
from compliance.ground.home import Home
from simulation.people import PASSPHRASE, enter_people
from tests.homes import ROOT, HomeOnTrial

OWN = "架空の合言葉は十分に長くする"


@dataclass
class Service:
    """A running `madoguchi serve`."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    first: dict[str, str]
    visitors: dict[str, httpx2.Client] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return Home.at(self.folder / "home")

    def visitor(self, staff_id: str) -> httpx2.Client:
        """Somebody who logged in, with a password of their own."""
        if staff_id in self.visitors:
            return self.visitors[staff_id]
        client = self.visitors[staff_id] = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=30
        )
        asked = {"staff_id": staff_id, "password": self.first[staff_id]}
        self.post(client, "/login", asked)
        given = {"present": self.first[staff_id], "new": OWN, "again": OWN}
        given |= {"passphrase": PASSPHRASE}
        assert self.post(client, "/password", given).status_code == 303
        return client

    def post(self, client: httpx2.Client, path: str, fields: dict[str, str]) -> httpx2.Response:
        """A form of the desk, with what its page carries."""
        page = client.get(path, headers={"accept": "text/html"}).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None, page[:300]
        headers = {"origin": f"http://127.0.0.1:{self.port}"}
        return client.post(path, data={**fields, "csrf": csrf[1]}, headers=headers)

    def ask(self, client: httpx2.Client, query: str, variables: Any = None) -> Any:
        answer = client.post(
            "/dagster/graphql", json={"query": query, "variables": variables or {}}
        )
        return answer.status_code, answer.json()

    def launch(self, client: httpx2.Client, job: str, op: str, **config: Any) -> dg.DagsterRun:
        """Start a job from the page, and wait until the daemon has run it."""
        run_id = self.begin(client, job, op, **config)
        return self.wait(run_id, lambda run: run.is_finished)

    def begin(self, client: httpx2.Client, job: str, op: str, **config: Any) -> str:
        """Start a job from the page; the id of the run."""
        _, answer = self.ask(
            client,
            "mutation L($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename "
            "... on LaunchRunSuccess { run { runId } } } }",
            {
                "p": {
                    "selector": {
                        "repositoryLocationName": "madoguchi",
                        "repositoryName": "__repository__",
                        "jobName": job,
                    },
                    "mode": "default",
                    "runConfigData": {"ops": {op: {"config": config}}} if config else {},
                }
            },
        )
        return str(answer["data"]["launchRun"]["run"]["runId"])

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The home's instance of Dagster."""
        with (
            environment(DAGSTER_HOME=str(self.home.dagster)),
            dg.DagsterInstance.from_config(str(self.home.dagster)) as instance,
        ):
            yield instance

    def wait(
        self, run_id: str, until: Callable[[dg.DagsterRun], bool], seconds: float = 90.0
    ) -> dg.DagsterRun:
        """A run, once that holds of it."""
        end = time.monotonic() + seconds
        with self.instance() as instance:
            while time.monotonic() < end:
                run = instance.get_run_by_id(run_id)
                if run is not None and until(run):
                    return run
                time.sleep(0.1)
        raise AssertionError(f"{run_id} did not come so far in {seconds} s")

    def log(self, action: str) -> list[tuple[str, str, str, str]]:
        """Who did that, by which door, to what, with which result; what waits in the outbox is moved first."""
        engine = create_engine(f"sqlite:///{self.home.operations_database}")
        try:
            AuditLog(self.home).drain(engine)
        finally:
            engine.dispose()
        return [
            (e["actor"], e["via"], e["object_id"], e["result"])
            for e in entries(AuditFolder(self.home.audit))
            if e["action"] == action
        ]


@pytest.fixture(scope="module")
def service(
    finished_home: HomeOnTrial, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with serving(finished_home, tmp_path_factory.mktemp("serve")) as served:
        yield served


@contextmanager
def serving(lived: HomeOnTrial, folder: Path) -> Iterator[Service]:
    """A copy of a home that has lived, served; its databases are the living one's where they lie elsewhere."""
    config = ROOT / "contracts/sapporo-2023/contract.toml"
    shutil.copytree(lived.path, folder / "home")
    shutil.copytree(lived.path.with_name("home-keys"), folder / "home-keys")
    enter_people(read_settings(config, folder / "home", environment=lived.environment()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    errors = folder / "stderr"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            lived.command(
                "serve", "--home", str(folder / "home"), "--config", str(config), "--port", str(port),
            ),
            cwd=ROOT, env=lived.environment(), stdout=subprocess.DEVNULL, stderr=stderr, text=True,
        )  # fmt: skip
    try:
        for _ in range(240):
            assert process.poll() is None, errors.read_text()
            try:
                if httpx2.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                    break
            except httpx2.TransportError:
                time.sleep(0.25)
        first = dict(re.findall(r"^  (\w+)  (\S+)$", errors.read_text(), flags=re.MULTILINE))
        yield Service(process, folder, port, first)
    finally:
        process.kill()
        process.wait()
