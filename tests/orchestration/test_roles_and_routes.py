"""Role by route, role by change: who may ask for what, written out here once more, and asked of the application itself.

What is new and stands in no row of these tables fails here: every route of the desk, every change that Dagster's GraphQL knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from dagster_graphql.schema import create_schema
from starlette.routing import Mount, Route

from compliance.people.rights import Role
from compliance.registers.known import REGISTERS
from desk.app import build_pages
from desk.site import ACCESS, PAGES, PATHS
from tests.compliance.conftest import engine, home, migrated
from tests.desk.conftest import Browser, Desk, desk, url
from tests.support.gate_on_trial import Gate, gate, opened

__all__ = ["desk", "engine", "gate", "home", "migrated", "opened", "url"]

LETTERS: Mapping[str, Role] = dict(zip("COSMPHA", Role, strict=True))
"""City viewer, operator, supervisor, manager, officer, chief officer (head), administrator."""
ALL = "COSMPHA"
ROUTES = {
    "GET /healthz": ALL, "GET /login": ALL, "POST /login": ALL, "GET /static": ALL, "POST /logout": ALL,
    "GET /password": ALL, "POST /password": ALL, "GET /second": ALL, "POST /second": ALL, "GET /": ALL, "GET /counts": ALL, "GET /claim": ALL, "POST /claim": ALL,
    "GET /proposals": "MPH", "POST /proposals": "MPH", "POST /proposals/{number}": "MPH",
    "GET /inquiry": "OSM", "POST /inquiry": "OSM", "GET /inquiry/calls": "OSM", "GET /inquiries": "OSM",
    "GET /inquiries/{inquiry_id}": "OSM", "POST /inquiries/{inquiry_id}/void": "OSM", "GET /callbacks": "OSM", "GET /calls": "OSM", "GET /calls/{call_id}": "OSM", "POST /calls/by-number": "SM", "GET /board": "OSM", "GET /board/now": "OSM",
    "GET /custody": "MPHA", "GET /holds": "MPH", "POST /holds": "MPH", "POST /holds/{recording_id}/release": "MPH",
    "GET /today": "SM", "GET /escalations": "SM",
    "GET /messages": "SMP", "GET /messages/{recording_id}/sound": "SMP",
    "GET /registers": "OSMPH", "GET /registers/{name}": "OSMPH", "GET /registers/{name}/new": "OSMPH",
    "POST /registers/{name}/new": "OSMPH", "GET /registers/{name}/{entry}": "OSMPH", "POST /registers/{name}/{entry}": "OSMPH", "POST /registers/{name}/{entry}/void": "OSMPH",
    "GET /papers": "CSMPHA", "GET /papers/{kind}/{period}": "CSMPHA", "POST /papers/{kind}/{period}": "M", "POST /papers/{kind}/{period}/receipt": "CSM",
    "POST /papers/{kind}/{period}/delivery": "SM",
    "GET /papers/{kind}/{period}/{edition}/{name}": "CSMPHA", "POST /papers/{kind}/{period}/{edition}/{name}": "C", "GET /definitions": "CSMPHA",
    "GET /certificates": "CSMPHA", "GET /certificates/{case_id}/{name}": "CSMPHA",
    "GET /erasures": "SMPHA", "GET /erasures/{case_id}": "SMPHA", "POST /erasures/{case_id}": "SMPHA",
    "GET /erasures/application": "MP", "POST /erasures/application": "MP", "POST /erasures/designation": "MP",
    "GET /erasures/{case_id}/consent": "MP", "POST /erasures/{case_id}/consent": "MP", "POST /erasures/{case_id}/withdraw": "MP",
    "POST /erasures/{case_id}/paper": "MP", "POST /erasures/{case_id}/verify": "SMPH",
    "POST /erasures": "PA", "POST /erasures/{case_id}/start": "PA",
}  # fmt: skip
OF_A_REGISTER = {
    "callbacks": "OSM",
    "outbound": "OSM",
    "escalations": "SM",
    "complaints": "SM",
    "complaint_steps": "SM",
    "faq": "SM",
}
"""The registers that others than those who keep the handling of personal information write."""
KEEPERS = "MPH"
UI = "SMPHA"
START, STEER, NOBODY = "MA", "A", ""
CHANGES = {
    **dict.fromkeys((
        "launchPipelineExecution", "launchRun", "launchMultipleRuns", "launchPipelineReexecution", "launchRunReexecution",
        "launchPartitionBackfill", "resumePartitionBackfill",
    ), START),
    **dict.fromkeys((
        "terminatePipelineExecution", "terminateRun", "terminateRuns", "cancelPartitionBackfill", "startSchedule",
        "stopRunningSchedule", "resetSchedule", "scheduleDryRun", "startSensor", "stopSensor", "resetSensor", "setSensorCursor",
        "sensorDryRun", "setAutoMaterializePaused", "reloadRepositoryLocation", "reloadWorkspace", "freeConcurrencySlotsForRun",
        "freeConcurrencySlots",
    ), STEER),
    **dict.fromkeys((
        "reexecutePartitionBackfill", "deletePipelineRun", "deleteRun", "wipeAssets", "reportRunlessAssetEvents",
        "reportAssetCheckEvaluations", "shutdownRepositoryLocation", "addDynamicPartition", "deleteDynamicPartitions",
        "setAppManagedComponent", "deleteAppManagedComponent", "refreshComponentState", "setConcurrencyLimit",
        "deleteConcurrencyLimit",
    ), NOBODY),
    **dict.fromkeys(("logTelemetry", "setNuxSeen"), UI),
}  # fmt: skip


def filled(path: str) -> str:
    for name, value in {
        "name": "callbacks",
        "entry": "x",
        "case_id": "E-0001",
        "edition": "1",
    }.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


@pytest.fixture
def visitors(desk: Desk) -> Iterator[tuple[Desk, Mapping[str, Browser]]]:
    """One of each role, at the desk."""
    made = {}
    for letter, role in LETTERS.items():
        desk.add(f"r-{letter.lower()}", role)
        made[letter] = desk.entered(f"r-{letter.lower()}")
    yield desk, made


def asked(browser: Browser, route: str) -> int:
    method, _, path = route.partition(" ")
    path = "/static/desk.css" if path == "/static" else filled(path)
    if method == "GET":
        return browser.get(path).status
    csrf = browser.csrf("/" if path != "/login" else "/login")
    return browser.post(path, {"csrf": csrf}).status


def test_every_route_of_the_desk_stands_in_the_table(desk: Desk) -> None:
    there = set()
    for one in build_pages(desk.services()).routes:
        assert isinstance(one, Route | Mount)
        methods = one.methods or {"GET"} if isinstance(one, Route) else {"GET"}
        there |= {f"{method} {one.path}" for method in methods - {"HEAD"}}
    assert there == ROUTES.keys() == ACCESS.keys()


def test_a_role_gets_what_the_table_says_and_no_more(
    visitors: tuple[Desk, Mapping[str, Browser]],
) -> None:
    desk, browsers = visitors
    found = {}
    asked_here = {
        route: who
        for route, who in ROUTES.items()
        if route != "POST /logout" and "/registers/{name}" not in route  # each asks its own
    }
    for route in asked_here:
        given = {letter: asked(browser, route) for letter, browser in browsers.items()}
        assert not [status for status in given.values() if status == 500], route
        found[route] = "".join(letter for letter in ALL if given[letter] != 403)
    assert found == asked_here
    refused = [one for one in desk.noted() if one[3] == "refused"]
    assert len(refused) >= sum(7 - len(who) for who in asked_here.values()), "each is an entry"
    assert {asked(browser, "POST /logout") for browser in browsers.values()} == {303}
    stranger = desk.browser()
    for route, who in ROUTES.items():
        method, _, path = route.partition(" ")
        if who != ALL:
            assert stranger.ask(method, filled(path)).status in (303, 401), route


def test_each_register_has_a_right_of_its_own(visitors: tuple[Desk, Mapping[str, Browser]]) -> None:
    _, browsers = visitors
    for name in REGISTERS:
        who = OF_A_REGISTER.get(name, KEEPERS)
        for route in (
            f"GET /registers/{name}", f"GET /registers/{name}/new", f"POST /registers/{name}/new",
            f"GET /registers/{name}/x", f"POST /registers/{name}/x", f"POST /registers/{name}/x/void",
        ):  # fmt: skip
            given = "".join(letter for letter in ALL if asked(browsers[letter], route) != 403)
            assert given == who, route


def test_each_row_stands_once_and_each_path_of_the_menu_is_a_page() -> None:
    rows = [page.row for page in PAGES]
    assert len(rows) == len(set(rows))
    assert {page.method for page in PAGES if page.menu} == {"GET"}
    assert all("{" not in page.path for page in PAGES if page.menu)


def test_the_table_refuses_where_a_page_forgets_to_ask(
    visitors: tuple[Desk, Mapping[str, Browser]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, browsers = visitors

    async def allowed(*_: object) -> None:
        return None

    for page in (
        "worklists",
        "messages",
        "papers",
        "inquiry",
        "calls",
        "board",
        "city",
        "registers",
    ):
        monkeypatch.setattr(f"desk.{page}.not_allowed", allowed)
    token = browsers["C"].cookies
    forgetful = Browser(desk.app(), cookies=dict(token))
    for route, who in ROUTES.items():
        if "C" not in who and "/registers/" not in route:
            assert asked(forgetful, route) == 403, route
    assert {route.partition(" ")[2] for route in ROUTES} >= PATHS


def test_every_change_that_dagster_knows_stands_in_the_table() -> None:
    schema = create_schema().graphql_schema
    assert schema.mutation_type is not None
    assert set(schema.mutation_type.fields) == CHANGES.keys()


@pytest.mark.parametrize("letter", ALL)
def test_a_role_makes_the_changes_of_the_table_and_no_more(gate: Gate, letter: str) -> None:
    """Asked with a field that none has: whoever may is told so by the schema, and nothing is done."""
    found = {}
    for change in CHANGES:
        answer = gate.ask(LETTERS[letter], f"mutation {{ {change} {{ of_no_such_name }} }}")
        assert answer.status_code in (400, 403), (change, answer.text)
        found[change] = answer.status_code == 400
    assert found == {change: letter in who and letter in UI for change, who in CHANGES.items()}
    assert not [one for one in gate.noted if one[2]]


@pytest.mark.parametrize("letter", ALL)
def test_the_ui_is_seen_by_whoever_may_see_runs(gate: Gate, letter: str) -> None:
    headers = {"x-role": LETTERS[letter].value}
    for path in ("/dagster", "/dagster/", "/dagster/runs", "/dagster/server_info", "/dagster/graphql", "/dagster/nothing",
                 "/dagster/logs/x/compute/stdout", "/dagster/notebook"):  # fmt: skip
        answer = gate.client.get(path, headers=headers)
        assert (answer.status_code != 403) is (letter in UI), (path, answer.status_code)
