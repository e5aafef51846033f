"""Somebody at the desk of a running service, as a process of its own: logs in, changes the first password, starts a job, prints how it went.

`python -m tests.support.desk_client PORT STAFF_ID PASSWORD PASSPHRASE JOB OP [--go]`; `PASSPHRASE` is that of the own key, `PASSWORD` the
first one, or the own once it was changed; without `--go` the job is tried only. No more than httpx2 is needed, so that it can run in
another network than the tests.
"""

from __future__ import annotations

import json
import re
import sys
import time

import httpx2

OWN = "架空のパスワードは十分に長くする"
LAUNCH = (
    "mutation L($p: ExecutionParams!) { launchRun(executionParams: $p) "
    "{ __typename ... on LaunchRunSuccess { run { runId } } } }"
)
STATUS = "query Q($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
EVENTS = "query Q($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent { message } } } } }"


def main(
    port: str, staff_id: str, password: str, passphrase: str, job: str, op: str, *go: str
) -> None:
    """The command."""
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)

    def post(path: str, **fields: str) -> int:
        page = client.get(path, headers={"accept": "text/html"}).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        headers = {"origin": f"http://127.0.0.1:{port}"}
        return client.post(path, data={**fields, "csrf": csrf[1]}, headers=headers).status_code

    def ask(query: str, **variables: object) -> dict[str, dict[str, object]]:
        answer = client.post("/dagster/graphql", json={"query": query, "variables": variables})
        return dict(answer.json()["data"])

    assert post("/login", staff_id=staff_id, password=password) == 303
    if password != OWN:
        words = {"present": password, "new": OWN, "again": OWN, "passphrase": passphrase}
        assert post("/password", **words) == 303
    pages = {
        path: client.get(path, headers={"accept": "text/html"}).status_code
        for path in ("/", "/today", "/board", "/dagster/")
    }
    selector = {
        "repositoryLocationName": "madoguchi",
        "repositoryName": "__repository__",
        "jobName": job,
    }
    config = {"ops": {op: {"config": {"試行": "--go" not in go}}}}
    asked = time.monotonic()
    run = ask(LAUNCH, p={"selector": selector, "mode": "default", "runConfigData": config})
    run_id = run["launchRun"]["run"]["runId"]  # type: ignore[index]
    status = ""
    while status not in ("SUCCESS", "FAILURE", "CANCELED") and time.monotonic() - asked < 120:
        time.sleep(0.1)
        status = str(ask(STATUS, id=run_id)["runOrError"]["status"])
    seconds = time.monotonic() - asked
    events = ask(EVENTS, id=run_id)["logsForRun"]["events"]
    told = [one.get("message", "") for one in events]  # type: ignore[attr-defined]
    print(json.dumps({"pages": pages, "status": status, "seconds": seconds, "events": told}))


if __name__ == "__main__":
    main(*sys.argv[1:])
