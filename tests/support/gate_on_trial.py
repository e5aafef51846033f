"""The gate before the Dagster UI, asked as anybody of any role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from application.home.environment import environment
from compliance.people.rights import Right, Role, roles_with
from orchestration.gateway.application import one_address
from orchestration.gateway.webserver import GatedWebserver
from tests.homes import ROOT, HomeOnTrial


@dataclass(frozen=True)
class Somebody:
    """A visitor with the rights of one role."""

    role: Role

    @property
    def staff_id(self) -> str:
        return f"s-{self.role.value}"

    @property
    def session(self) -> str:
        return self.role.value.encode().hex().ljust(64, "0")

    def may(self, right: Right) -> bool:
        return self.role in roles_with(right)


class DoorOfTheTest:
    """Stands for the real one: a header says who is there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if role := headers.get(b"x-role"):
            scope["visitor"] = Somebody(Role(role.decode()))
        await self.app(scope, receive, send)


@dataclass
class Gate:
    client: TestClient
    instance: dg.DagsterInstance
    noted: list[tuple[str, str, bool]]

    def ask(self, role: Role, query: str, variables: Any = None, **more: Any) -> Any:
        return self.client.post(
            "/dagster/graphql",
            json={"query": query, "variables": variables or {}},
            headers={"x-role": role.value, **more.pop("headers", {})},
            **more,
        )

    def runs(self) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs())


@pytest.fixture(scope="module")
def opened(
    finished_home: HomeOnTrial, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[WorkspaceProcessContext, dg.DagsterInstance]]:
    """A code server of its own on a copy of a finished home."""
    folder = tmp_path_factory.mktemp("gate")
    shutil.copytree(finished_home.path, folder / "home")
    shutil.copytree(finished_home.path.with_name("home-keys"), folder / "home-keys")
    named = {
        "MADOGUCHI_HOME": str(folder / "home"),
        "MADOGUCHI_KEYS": str(folder / "home-keys"),
        "MADOGUCHI_CONFIG": str(ROOT / "contracts/sapporo-2023/contract.toml"),
        "DAGSTER_HOME": str(folder / "home" / "dagster"),
        "PYTHONPATH": str(ROOT),
    }
    with (
        environment(**named),
        dg.DagsterInstance.from_config(str(folder / "home" / "dagster")) as instance,
        WorkspaceProcessContext(
            instance, WorkspaceFileTarget([str(ROOT / "orchestration" / "workspace.yaml")])
        ) as context,
    ):
        yield context, instance


@pytest.fixture
def gate(opened: tuple[WorkspaceProcessContext, dg.DagsterInstance]) -> Iterator[Gate]:
    context, instance = opened
    noted: list[tuple[str, str, bool]] = []
    ui = GatedWebserver(
        context, "/dagster", lambda who, what, done: noted.append((who.staff_id, what, done))
    )
    desk = Starlette(routes=[Route("/", lambda _: PlainTextResponse("desk"))])
    with TestClient(one_address(DoorOfTheTest, desk, ui)) as client:
        yield Gate(client, instance, noted)
