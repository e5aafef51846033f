"""`madoguchi serve`: the desk and the Dagster UI on one address, for people who log in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from sqlalchemy import Engine

from application.floor_feed import listening_to_exchange
from application.home.run_store import require_run_store, require_store_permitted
from application.home.session import peek_clock
from application.home.settings import Settings
from compliance.errors import ClockRefused
from compliance.ground.acts import Action, ObjectKind, Result, note
from compliance.ground.clock import ClockKind
from compliance.ground.home import Home
from compliance.ground.japan import civil_date
from compliance.ground.operations import open_operations
from compliance.ground.run_lock import service_lock
from compliance.registers.entries import entries
from compliance.registers.handling import PERMITS
from orchestration.gateway.service import Address, may_listen, names_of, serve

if TYPE_CHECKING:
    from orchestration.gateway.webserver import GatedWebserver, UiVisitor


Beside = Callable[[Callable[[], datetime]], AbstractContextManager[None]]
"""What goes on beside a service, by its home's clock."""


def serve_home(
    settings: Settings, address: Address, beside: Beside = lambda _: nullcontext()
) -> None:
    """Serve a home and answer until Ctrl-C or SIGTERM.

    Raises:
        NotAllowed: no permit covers the address, or the machine that Dagster's runs lie on.
        RunStoreUnavailable: the database that they lie in cannot be had.
        Misconfigured: the certificate cannot be read.
        ClockRefused: no command has run in this home yet.
    """
    from orchestration.gateway.composition import clock_of, services_of
    from simulation.people import first_passwords

    clock = peek_clock(settings)
    if clock is None:
        raise ClockRefused(
            f"No command has run in {settings.home_root} yet, so it is not known by which clock it "
            "lives: run `madoguchi run` (or `make demo` for an invented one), then start this again."
        )
    if clock[0] is ClockKind.SIMULATED:
        typer.echo("This home lives by a simulated clock: its schedules are stopped.", err=True)
    home = Home.at(settings.home_root, settings.keys_root)
    engine = open_operations(settings.operations_url)
    try:
        now = clock_of(settings)
        permits, day = entries(engine, PERMITS), civil_date(now())
        may_listen(address, permits, day)
        require_store_permitted(settings.run_store, permits, day)
        require_run_store(settings.run_store)
        with (
            service_lock(home),
            listening_to_exchange(settings, home, engine, now, clock[0], _unheard) as feed,
        ):
            services = replace(
                services_of(settings, home, engine, now, is_tls=address.is_tls, feed=feed),
                hosts=names_of(address),
            )

            def told(is_end: bool) -> None:
                services.waiting.tell(engine, now(), services.wall(), all_=is_end)

            if clock[0] is ClockKind.SIMULATED and (opened := first_passwords(settings)):
                typer.echo(
                    "First passwords of the invented people (shown once, changed at first use):",
                    err=True,
                )
                for staff_id, password in opened.items():
                    typer.echo(f"  {staff_id}  {password}", err=True)
            typer.echo(f"{address.url}  (Ctrl-C ends it)", err=True)
            workspace = Path(__file__).resolve().parents[1] / "workspace.yaml"
            with beside(now), _ui(home, engine, now, workspace) as ui:
                from desk.app import build_pages
                from desk.middleware import AccessMiddleware
                from orchestration.gateway.application import is_of_ui, one_address

                application = one_address(
                    lambda app: AccessMiddleware(app, services, is_foreign=is_of_ui),
                    build_pages(services),
                    ui,
                )
                serve(application, address, home, engine, workspace, told)
    finally:
        engine.dispose()


def _unheard(why: str) -> None:
    typer.echo(f"The exchange is not heard ([pbx.ami]): {why}", err=True)


@contextmanager
def _ui(
    home: Home, engine: Engine, now: Callable[[], datetime], workspace: Path
) -> Iterator[GatedWebserver]:
    """Dagster's web server on the home's instance, every change of a visitor noted."""
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget

    from orchestration.gateway.application import UI_PREFIX
    from orchestration.gateway.webserver import GatedWebserver
    from orchestration.instance.settings import opened_instance

    def noted(visitor: UiVisitor, change: str, is_done: bool) -> None:
        result = Result.DONE if is_done else Result.REFUSED
        with engine.begin() as connection:
            actor = visitor.actor(now())
            note(connection, actor.entry(Action.PAGE_CHANGE, ObjectKind.PAGE, change, result))

    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with (
        opened_instance(home) as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([str(workspace)])) as context,
    ):
        yield GatedWebserver(context, UI_PREFIX, noted)
