"""The service as it runs: a socket, the daemon, queued runs, people who log in, an end within five seconds."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import dagster as dg
import httpx2
import pytest

from application.home.environment import environment
from application.home.person import PERSON_TAG
from application.home.session import read_settings
from application.people import acting_home
from compliance.people.acting import prove
from compliance.people.present import persons
from compliance.people.register import change
from compliance.vault.media import register_medium, registered_media
from compliance.vault.rotation import held_at_hand, rotate
from orchestration.command.exit_codes import ExitCode
from simulation.people import OFFICER, PASSPHRASE
from tests.homes import ROOT, HomeOnTrial
from tests.support.served_home import Service, service

__all__ = ["service"]


pytestmark = pytest.mark.slow
ASSET = re.compile(r'href="(/dagster/assets/([^"?]+)\?partition=([^"]+))"')
LINKS = """query L($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset { assetMaterializations(limit: 50) {
    partition metadataEntries { label ... on UrlMetadataEntry { url } } } } } }"""


def test_nobody_sees_anything_without_logging_in(service: Service) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{service.port}") as client:
        for path in ("/", "/inquiry", "/dagster", "/dagster/", "/dagster/runs", "/dagster/graphql"):
            answer = client.get(path, headers={"accept": "text/html"})
            assert (answer.status_code, answer.headers.get("location")) == (303, "/login"), path
        for path in (
            "/dagster/graphql",
            "/dagster/report_asset_materialization/pbx/cdr",
            "/graphql",
        ):
            assert client.post(path, json={"query": "{ version }"}).status_code == 401, path
        assert "madoguchi" not in client.get("/dagster/server_info").text


def test_what_an_administrator_starts_the_daemon_runs_under_their_name(service: Service) -> None:
    administrator, operator = service.visitor("ad1"), service.visitor("op1")
    run = service.launch(administrator, "recordings_rotate", "rotate_now", 試行=True)
    assert (run.is_success, run.tags[PERSON_TAG]) == (True, "ad1")
    assert ("ad1", "ui", "recordings_rotate", "done") in service.log("job_run")
    assert ("ad1", "desk", "launchRun", "done") in service.log("page_change")
    assert operator.get("/dagster/").status_code == 403
    assert operator.post("/dagster/graphql", json={"query": "{ version }"}).status_code == 403


def test_a_paper_s_two_pages_lead_to_each_other_on_one_address(service: Service) -> None:
    manager = service.visitor("mg1")
    found = ASSET.findall(manager.get("/today", headers={"accept": "text/html"}).text)
    assert found, "the morning leads to the making of each paper that is due"
    made = 0
    for path, key, period in found:
        assert manager.get(path, headers={"accept": "text/html"}).status_code == 200, path
        _, answer = service.ask(manager, LINKS, {"key": {"path": key.split("/")}})
        events = answer["data"]["assetOrError"]["assetMaterializations"]
        urls = {
            event["partition"]: entry["url"]
            for event in events
            for entry in event["metadataEntries"]
            if entry["label"] == "デスクの画面"
        }
        if period not in urls:
            continue
        made += 1
        page = manager.get(urls[period], headers={"accept": "text/html"})
        assert page.status_code == 200 and urls[period].rsplit("/", 1)[-1] in page.text
        stranger = service.visitor("op1")
        assert stranger.get(urls[period], headers={"accept": "text/html"}).status_code == 403
        assert stranger.get(path, headers={"accept": "text/html"}).status_code == 403
    assert made, "and a made one's asset leads back"


def on_media_alone(service: Service) -> str:
    """A recording that was brought to two media, so that it is not at hand."""
    settings = read_settings(ROOT / "contracts/sapporo-2023/contract.toml", service.folder / "home")
    with acting_home(settings) as place:
        actor = prove(place.engine, place.home, OFFICER, PASSPHRASE, place.now)
        for medium in ("m-a", "m-b"):
            path = service.folder / medium
            path.mkdir()
            register_medium(place.engine, actor, medium, f"serial-{medium}", "架空の保管庫", path)
        one = held_at_hand(place.engine)[0].recording_id
        report = rotate(place.engine, place.home, registered_media(place.engine), [one], place.now)
        assert report.rotated == 1, report
    return one


def test_a_refusal_is_one_text_and_what_one_may_is_done_by_name(service: Service) -> None:
    one = on_media_alone(service)
    wanted = {"録音": one, "試行": False}
    refused = service.launch(service.visitor("mg1"), "recordings_restore", "where_it_lies", **wanted)  # fmt: skip
    assert not refused.is_success
    with (
        environment(DAGSTER_HOME=str(service.home.dagster)),
        dg.DagsterInstance.from_config(str(service.home.dagster)) as instance,
    ):
        (failure,) = [
            record.dagster_event.step_failure_data
            for record in instance.all_logs(refused.run_id)
            if record.dagster_event and record.dagster_event.is_step_failure
        ]
    assert failure.user_failure_data is not None
    assert "許された操作ではありません" in str(failure.user_failure_data.description)
    allowed = service.launch(service.visitor("ad1"), "recordings_restore", "where_it_lies", **wanted)  # fmt: skip
    assert allowed.is_success
    assert service.log("recording_restored") == [("ad1", "ui", one, "done")]


def test_a_role_that_ends_ends_the_session_at_once(service: Service) -> None:
    supervisor = service.visitor("sv1")
    assert supervisor.get("/dagster/").status_code == 200
    settings = read_settings(ROOT / "contracts/sapporo-2023/contract.toml", service.folder / "home")
    with acting_home(settings) as place:
        actor = prove(place.engine, place.home, OFFICER, PASSPHRASE, place.now)
        seen = persons(place.engine, place.first_day)["sv1"].version
        yesterday = place.today - timedelta(days=1)
        change(place.engine, place.names(), actor, "sv1", seen, ends_on=yesterday)
    page = supervisor.get("/dagster/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/login")
    assert service.ask(supervisor, "{ version }")[0] == 401


def test_a_second_service_of_a_home_is_refused(
    service: Service, finished_home: HomeOnTrial
) -> None:
    done = subprocess.run(
        finished_home.command("serve", "--home", str(service.folder / "home"), "--config", str(ROOT / "contracts/sapporo-2023/contract.toml"), "--port", "0"),
        cwd=ROOT, env=finished_home.environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.BUSY
    assert "another" in done.stderr and "Traceback" not in done.stderr


def test_it_ends_within_five_seconds_and_leaves_nobody(service: Service) -> None:
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(10)
    assert time.monotonic() - began < 5.0
    for _ in range(20):
        if not (left := _processes_of(service.folder)):
            break
        time.sleep(0.5)
    assert left == []


def test_killed_outright_it_leaves_no_daemon_behind(
    service: Service, finished_home: HomeOnTrial
) -> None:
    killed = subprocess.Popen(
        finished_home.command(
            "serve", "--home", str(service.folder / "home"), "--config", str(ROOT / "contracts/sapporo-2023/contract.toml"),
            "--port", str(service.port),
        ),
        cwd=ROOT, env=finished_home.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(240):
            if any("gateway.daemon" in one for one in _processes_of(service.folder)):
                break
            time.sleep(0.25)
        assert any("gateway.daemon" in one for one in _processes_of(service.folder))
    finally:
        killed.kill()
        killed.wait()
    for _ in range(20):
        if not (left := [one for one in _processes_of(service.folder) if "daemon" in one]):
            break
        time.sleep(0.25)
    assert left == []


def _processes_of(folder: Path) -> list[str]:
    """Whatever still works on that home."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
