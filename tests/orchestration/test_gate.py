"""The Dagster UI behind the door: whoever asks, by whichever way, does what the registers let them, under their own name."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import dagster as dg
import pytest
from dagster._core.workspace.permissions import Permissions
from dagster_graphql.schema import create_schema
from starlette.websockets import WebSocketDisconnect

from application.home.person import PERSON_TAG, PROOF_TAG
from compliance.people.rights import Right, Role, roles_with
from desk.middleware import STRICT
from orchestration.gateway import webserver
from orchestration.gateway.changes import CHANGES, NOBODY, OF_THE_PAGE, PERMISSIONS, is_allowed
from tests.homes import ROOT
from tests.support.gate_on_trial import Gate, Somebody, gate, opened

__all__ = ["gate", "opened"]


def test_every_change_that_dagster_knows_stands_in_the_table() -> None:
    schema = create_schema().graphql_schema.mutation_type
    assert schema is not None
    assert set(schema.fields) == CHANGES.keys() | OF_THE_PAGE
    assert {permission.value for permission in Permissions} == PERMISSIONS.keys()
    assert set(PERMISSIONS.values()) <= CHANGES.keys()


LAUNCH = """
mutation L($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
PARAMS = {
    "selector": {
        "repositoryLocationName": "madoguchi",
        "repositoryName": "__repository__",
        "jobName": "audit",
    },
    "mode": "default",
    "executionMetadata": {
        "tags": [
            {"key": PERSON_TAG, "value": "somebody-else"},
            {"key": PROOF_TAG, "value": "00"},
            {"key": "dagster/schedule_name", "value": "audit_at_night"},
        ]
    },
}
STARTERS = [role for role in Role if is_allowed("launchRun", [r for r in Right if role in roles_with(r)])]  # fmt: skip
OTHERS = [role for role in Role if role not in STARTERS]


def test_a_run_carries_whoever_asked_for_it_and_no_forged_name(gate: Gate) -> None:
    answer = gate.ask(Role.ADMINISTRATOR, LAUNCH, {"p": PARAMS}).json()
    launched = answer["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", answer
    run = gate.instance.get_run_by_id(launched["run"]["runId"])
    assert run is not None
    who = Somebody(Role.ADMINISTRATOR)
    assert (run.tags[PERSON_TAG], run.tags[PROOF_TAG]) == (who.staff_id, who.session)
    assert gate.noted == [(who.staff_id, "launchRun", True)]

    again = gate.ask(
        Role.MANAGER,
        "mutation R($r: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $r) { __typename "
        "... on LaunchRunSuccess { run { runId } } } }",
        {"r": {"parentRunId": run.run_id, "strategy": "ALL_STEPS"}},
    ).json()["data"]["launchRunReexecution"]
    assert again["__typename"] == "LaunchRunSuccess", again
    repeated = gate.instance.get_run_by_id(again["run"]["runId"])
    assert repeated is not None
    assert repeated.tags[PERSON_TAG] == Somebody(Role.MANAGER).staff_id


def _tags(run: dg.DagsterRun | None) -> set[str]:
    assert run is not None
    return {tag for tag in run.tags if not tag.startswith("dagster/code_location")}


FORGED = {
    "dagster/schedule_name": "audit_at_night", "dagster/sensor_name": "x", "dagster/backfill": "x", "dagster/tick": "1",
    "dagster/run_key": "x", "dagster/auto_materialize": "true", "dagster/from_automation_condition": "true",
    "dagster/parent_backfill_id": "x", ".dagster/scheduled_execution_time": "2023-11-20T00:00:00+00:00",
    ".dagster/grpc_info": "{}", "dagster/created_by": "mg1", "dagster/reporting_user": "mg1", "dagster/priority": "9",
    "madoguchi/started_by": "madoguchi run", "madoguchi/whatever": "x",
}  # fmt: skip


def test_a_page_says_of_no_run_that_a_schedule_or_a_command_began_it(gate: Gate) -> None:
    sent = {**FORGED, "dagster/from_ui": "true", "dagster/partition": "2023-11-20", "mine": "x"}
    tags = [{"key": key, "value": value} for key, value in sent.items()]
    params = {**PARAMS, "executionMetadata": {"tags": tags}}
    launched = gate.ask(Role.ADMINISTRATOR, LAUNCH, {"p": params}).json()["data"]["launchRun"]
    run = gate.instance.get_run_by_id(launched["run"]["runId"])
    assert _tags(run) & sent.keys() == {"dagster/from_ui", "dagster/partition", "mine"}

    # and what a schedule began is, done again at a page, the page's
    assert run is not None
    gate.instance.add_run_tags(run.run_id, FORGED)
    for more in ({}, {"extraTags": tags, "useParentRunTags": True}, {"useParentRunTags": False}):
        again = gate.ask(
            Role.MANAGER,
            "mutation R($r: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $r) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            {"r": {"parentRunId": run.run_id, "strategy": "ALL_STEPS", **more}},
        ).json()["data"]["launchRunReexecution"]
        assert again["__typename"] == "LaunchRunSuccess", again
        repeated = gate.instance.get_run_by_id(again["run"]["runId"])
        kept = {"mine", "dagster/partition", "dagster/from_ui"}
        if more.get("useParentRunTags") is False:
            kept = set()
        assert _tags(repeated) & sent.keys() == kept
        assert repeated is not None
        assert repeated.tags[PERSON_TAG] == Somebody(Role.MANAGER).staff_id
        assert repeated.parent_run_id == run.run_id


def test_what_is_larger_than_a_page_asks_is_refused_before_it_is_looked_into(gate: Gate) -> None:
    def refused(query: str, **more: Any) -> str:
        answer = gate.ask(Role.MANAGER, query, **more)
        assert answer.status_code == 413
        return str(answer.json()["errors"][0]["message"])

    assert "deep" in refused("{ a " * 30 + "}" * 30)
    assert "aliases" in refused("{ r { " + " ".join(f"a{n}: version" for n in range(99)) + " } }")
    assert "KiB" in refused("{ version }", variables={"x": "y" * 1_100_000})
    began = time.perf_counter()
    answer = gate.client.post(
        "/dagster/graphql", content=b"[" * 150_000_000,
        headers={"x-role": Role.MANAGER.value, "content-type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 413 and time.perf_counter() - began < 5
    assert gate.client.post(
        "/dagster/graphql", content=b"[" * 500_000,
        headers={"x-role": Role.MANAGER.value, "content-type": "application/json"},
    ).status_code == 400  # fmt: skip
    asked = gate.client.get(
        "/dagster/graphql", params={"query": "{ a " * 30 + "}" * 30}, headers={"x-role": Role.MANAGER.value}
    )  # fmt: skip
    assert asked.status_code == 413
    with gate.client.websocket_connect(
        "/dagster/graphql", subprotocols=["graphql-ws"], headers={"x-role": Role.MANAGER.value}
    ) as socket:
        payload = {"query": "subscription { a " + "{ a " * 30 + "}" * 31}
        socket.send_json({"type": "start", "id": "1", "payload": payload})
        said = socket.receive_json()
    assert said["type"] == "error" and "deep" in said["payload"]["message"]
    many = gate.ask(
        Role.ADMINISTRATOR,
        "mutation M($l: [ExecutionParams!]!) { launchMultipleRuns(executionParamsList: $l) { __typename } }",
        {"l": [PARAMS] * 101},
    ).json()
    assert "runs at once" in many["errors"][0]["message"]


def test_the_ui_s_address_leads_on_by_its_path_alone(gate: Gate) -> None:
    answer = gate.client.get(
        "/dagster", headers={"x-role": Role.MANAGER.value, "host": "evil.test"}, follow_redirects=False
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (307, "/dagster/")
    for refusal in (
        answer,
        gate.client.get("/dagster/", headers={"x-role": Role.OPERATOR.value}),
        gate.ask(Role.MANAGER, "{ version }", headers={"sec-fetch-site": "cross-site"}),
    ):
        assert all(refusal.headers[name] == value for name, value in STRICT.items())


def test_a_backfill_carries_whoever_asked_for_it(gate: Gate) -> None:
    answer = gate.ask(
        Role.MANAGER,
        "mutation B($b: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $b) { __typename "
        "... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
        {
            "b": {
                "assetSelection": [{"path": ["deliverables", "weekly_report"]}],
                "partitionNames": ["2023-11-20"],
                "tags": [{"key": PERSON_TAG, "value": "somebody-else"}],
            }
        },
    ).json()
    launched = answer["data"]["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", answer
    backfill = gate.instance.get_backfill(launched["backfillId"])
    assert backfill is not None
    assert backfill.tags[PERSON_TAG] == Somebody(Role.MANAGER).staff_id


WAYS = {
    "plain": "mutation { startSchedule(scheduleSelector: %s) { __typename } }",
    "alias": "mutation { setNuxSeen: startSchedule(scheduleSelector: %s) { __typename } }",
    "fragment": "mutation { ...F } fragment F on Mutation { startSchedule(scheduleSelector: %s) { __typename } }",
    "beside a harmless one": "mutation { setNuxSeen startSchedule(scheduleSelector: %s) { __typename } }",
    "behind a question": "query Q { version } mutation M { startSchedule(scheduleSelector: %s) { __typename } }",
}
SCHEDULE = (
    '{repositoryLocationName: "madoguchi", repositoryName: "__repository__", '
    'scheduleName: "audit_at_night"}'
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMINISTRATOR])
def test_no_way_of_asking_goes_round_the_table(gate: Gate, role: Role, way: str) -> None:
    answer = gate.client.post(
        "/dagster/graphql",
        json={
            "query": WAYS[way] % SCHEDULE,
            **({"operationName": "M"} if "question" in way else {}),
        },
        headers={"x-role": role.value},
    )
    assert answer.status_code == 403
    assert not gate.instance.all_instigator_state()
    assert not [one for one in gate.noted if one[2]]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_resolved_is_guarded_by_itself(
    gate: Gate, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the look at the document fooled, the resolver would still refuse."""
    monkeypatch.setattr(webserver, "_changes_in", lambda _: set())
    answer = gate.client.post(
        "/dagster/graphql",
        json={
            "query": WAYS[way] % SCHEDULE,
            **({"operationName": "M"} if "question" in way else {}),
        },
        headers={"x-role": Role.MANAGER.value},
    )
    assert answer.json()["errors"][0]["message"] == webserver._REFUSED
    assert not gate.instance.all_instigator_state()
    assert gate.noted == [(Somebody(Role.MANAGER).staff_id, "startSchedule", False)]


def test_a_change_is_asked_for_by_post_of_one_json_object(gate: Gate) -> None:
    change = WAYS["plain"] % SCHEDULE
    headers = {"x-role": Role.ADMINISTRATOR.value}
    asked = gate.client.get("/dagster/graphql", params={"query": change}, headers=headers)
    assert asked.status_code == 405
    for status, given in (
        (415, {"params": {"query": change}}),
        (415, {"content": change, "headers": {**headers, "content-type": "application/graphql"}}),
        (415, {"content": json.dumps({"query": change}), "headers": {**headers, "content-type": "text/plain"}}),
        (400, {"json": [{"query": change}]}),
        (400, {"json": "text"}),
        (400, {"content": b"\xff{", "headers": {**headers, "content-type": "application/json"}}),
    ):  # fmt: skip
        answer = gate.client.post("/dagster/graphql", **{"headers": headers, **given})  # type: ignore[arg-type]
        assert answer.status_code == status, given
    assert not gate.instance.all_instigator_state()


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_another_sites_page_changes_nothing(gate: Gate, origin: str) -> None:
    answer = gate.ask(Role.ADMINISTRATOR, LAUNCH, {"p": PARAMS}, headers={"origin": origin})
    assert answer.status_code == 403
    foreign = gate.ask(Role.ADMINISTRATOR, "{ version }", headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    assert not gate.noted


@pytest.mark.parametrize("change", sorted(name for name, rights in CHANGES.items() if rights == NOBODY))  # fmt: skip
def test_nobody_rewrites_what_was_run(gate: Gate, change: str) -> None:
    schema = create_schema().graphql_schema.mutation_type
    assert schema is not None
    arguments = ", ".join(f"{name}: $x" for name in schema.fields[change].args)
    query = f"mutation {{ {change}({arguments}) {{ __typename }} }}".replace("()", "")
    answer = gate.ask(Role.ADMINISTRATOR, query)
    assert answer.status_code == 403
    assert gate.noted == [(Somebody(Role.ADMINISTRATOR).staff_id, change, False)]


@pytest.mark.parametrize("what", ["materialization", "check", "observation"])
def test_events_that_no_run_made_are_refused(gate: Gate, what: str) -> None:
    before = gate.instance.get_latest_materialization_event(dg.AssetKey(["pbx", "queue_log"]))
    answer = gate.client.post(
        f"/dagster/report_asset_{what}/pbx/queue_log",
        json={"metadata": {}, "check_name": "x", "passed": True},
        headers={"x-role": Role.ADMINISTRATOR.value},
    )
    assert answer.status_code == 403
    after = gate.instance.get_latest_materialization_event(dg.AssetKey(["pbx", "queue_log"]))
    assert str(before) == str(after)


@pytest.mark.parametrize("role", Role)
def test_the_page_offers_what_the_table_allows(gate: Gate, role: Role) -> None:
    answer = gate.ask(role, "{ permissions { permission value } }")
    if role not in roles_with(Right.SEE_RUNS):
        assert answer.status_code == 403
        return
    rights = [right for right in Right if role in roles_with(right)]
    told = {one["permission"]: one["value"] for one in answer.json()["data"]["permissions"]}
    assert told == {p: is_allowed(change, rights) for p, change in PERMISSIONS.items()}


def test_a_websocket_carries_no_change(gate: Gate) -> None:
    headers = {"x-role": Role.SUPERVISOR.value}
    with gate.client.websocket_connect(
        "/dagster/graphql", subprotocols=["graphql-ws"], headers=headers
    ) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        socket.send_json(
            {"type": "start", "id": "1", "payload": {"query": WAYS["plain"] % SCHEDULE}}
        )
        assert socket.receive_json()["type"] == "error"
    assert not gate.instance.all_instigator_state()
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        gate.client.websocket_connect(
            "/dagster/graphql",
            subprotocols=["graphql-ws"],
            headers={**headers, "origin": "https://elsewhere.example"},
        ),
    ):
        pass
    assert closed.value.code == 4403


def test_the_ui_itself_is_there_and_the_desk_beside_it(gate: Gate) -> None:
    headers = {"x-role": Role.MANAGER.value}
    page = gate.client.get("/dagster/locations", headers=headers)
    assert page.status_code == 200
    assert '"pathPrefix": "/dagster"' in page.text or "/dagster" in page.text
    assert gate.client.get("/", headers=headers).text == "desk"
    assert os.environ.get("MADOGUCHI_HOME") != str(ROOT)
