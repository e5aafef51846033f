"""MG's morning: what is due, overdue and waiting; what registers hold a day for; nothing that presses is left out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from application.duties import Urgency
from application.handing_over import PaperState
from application.home.session import Outlook, outlook, parse_as_of, read_settings
from application.today import Brief, brief_of, lines
from compliance.contract.destinations import FolderDestination, SftpDestination
from compliance.deliverables.edition import Deliverable, DeliverableFile
from compliance.deliverables.handed_over import record_delivery
from compliance.deliverables.register import confirm, record_deliverable
from compliance.errors import HomeBusy
from compliance.ground.acts import Actor
from compliance.ground.home import Home
from compliance.keys.keyring import Keyring
from compliance.registers.description import Register
from compliance.registers.entries import Draft, save
from compliance.registers.handling import AREAS, AUDITS, DEVICES, INCIDENTS, PERMITS, TAKEOUTS
from orchestration.assets.today import _checks, _metadata

ACTOR = Actor("pm1", datetime(2023, 12, 1, tzinfo=UTC))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Outlook]:
    settings = read_settings(None, tmp_path / "home", environment={})
    Home.at(settings.home_root, settings.keys_root).create()
    with outlook(settings, parse_as_of("2023-12-04T08:30")) as place:
        yield place


def note(at: Outlook, register: Register, values: dict[str, str]) -> None:
    save(at.engine, Keyring.open(at.home), register, ACTOR, [Draft("", values)])


def made(place: Outlook, kind: str, period: str, due: date) -> Deliverable:
    paper = Deliverable(kind, period, 1, due, "0" * 64, "{}", datetime(2023, 11, 26, 21, tzinfo=UTC))  # fmt: skip
    record_deliverable(place.engine, paper, [DeliverableFile("a.pdf", "0" * 64, 1)])
    return paper


def papers(brief: Brief) -> dict[tuple[str, str], tuple[PaperState | None, Urgency]]:
    return {(one.kind, one.period): (one.state, one.urgency) for one in brief.papers}


def failing(brief: Brief) -> set[str]:
    return {str(check.check_name) for check in _checks(brief) if not check.passed}


def test_papers_that_come_stand_in_the_order_of_their_days(place: Outlook) -> None:
    """At the month's end: two monthly papers are due before the week's, which the contract names first."""
    brief = brief_of(replace(place, now=parse_as_of("2023-11-29T13:30")))
    days = [one.due_date for one in brief.papers if one.urgency is Urgency.SOON]
    assert len(days) == 3 and days[0] == date(2023, 12, 1) and days[-1] == date(2023, 12, 4)


def test_papers_are_missing_waiting_or_gone(place: Outlook) -> None:
    first = made(place, "weekly", "2023-11-20", date(2023, 11, 27))
    told = papers(brief_of(place))
    assert told["weekly", "2023-11-20"] == (PaperState.MADE, Urgency.OVERDUE)
    assert told["weekly", "2023-11-27"] == (None, Urgency.TODAY)
    assert told["completion", "2023-11"] == (None, Urgency.OVERDUE)
    assert told["weekly", "2023-12-04"] == (None, Urgency.SOON)
    assert ("weekly", "2023-12-11") not in told, "more than a week ahead"
    assert not [key for key in told if key[0] in ("complaints", "voices")], "nobody said anything"
    brief = brief_of(place)
    assert {one.kind for one in brief.overdue} == {"weekly", "completion", "personal_information"}
    assert failing(brief) == {"papers_are_made", "papers_are_confirmed"}
    confirm(place.engine, ACTOR, first)
    assert papers(brief_of(place))["weekly", "2023-11-20"][0] is PaperState.CONFIRMED
    record_delivery(place.engine, ACTOR, first, "媒体", "0" * 64)
    assert ("weekly", "2023-11-20") not in papers(brief_of(place))


@pytest.mark.parametrize(
    ("register", "values", "urgency"),
    [
        (PERMITS, {"kind": "server", "target": "機", "scope": "内", "permitted_on": "2023-11-13", "expires_on": "2023-12-03"}, Urgency.OVERDUE),
        (PERMITS, {"kind": "server", "target": "機", "scope": "内", "permitted_on": "2023-11-13", "expires_on": "2024-01-03"}, Urgency.SOON),
        (PERMITS, {"kind": "server", "target": "機", "scope": "内", "permitted_on": "2023-11-13", "expires_on": "2024-01-04"}, None),
        (TAKEOUTS, {"kind": "lent", "item": "鍵", "quantity": "1", "from_on": "2023-11-20", "due_on": "2023-12-04", "by": "op1"}, Urgency.TODAY),
        (TAKEOUTS, {"kind": "lent", "item": "鍵", "quantity": "1", "from_on": "2023-11-20", "due_on": "2023-12-01", "back_on": "2023-12-01", "by": "op1"}, None),
        (AREAS, {"name": "室", "place": "3階", "kind": "server", "starts_on": "2023-12-01"}, Urgency.TODAY),
        (AREAS, {"name": "室", "place": "3階", "kind": "server", "starts_on": "2023-12-01", "reported_on": "2023-11-30"}, None),
        (AREAS, {"name": "室", "place": "3階", "kind": "server", "starts_on": "2023-12-05"}, None),
        (AREAS, {"name": "室", "place": "3階", "kind": "server", "starts_on": "2023-11-20", "reported_on": "2023-11-13", "ends_on": "2024-01-03"}, Urgency.SOON),
        (AREAS, {"name": "室", "place": "3階", "kind": "server", "starts_on": "2023-11-20", "reported_on": "2023-11-13", "ends_on": "2024-01-04"}, None),
        (AREAS, {"name": "室", "place": "3階", "kind": "server", "starts_on": "2023-11-20", "reported_on": "2023-11-13", "ends_on": "2023-12-03"}, Urgency.TODAY),
        (AREAS, {"name": "室", "place": "3階", "kind": "work", "starts_on": "2023-11-20", "reported_on": "2023-11-13"}, Urgency.TODAY),
        (DEVICES, {"name": "媒体", "kind": "medium", "serial": "S1", "place": "庫", "is_encrypted": "yes", "starts_on": "2023-11-20", "ends_on": "2023-12-04"}, Urgency.TODAY),
        (DEVICES, {"name": "媒体", "kind": "medium", "serial": "S1", "place": "庫", "is_encrypted": "yes", "starts_on": "2023-11-20", "ends_on": "2023-12-03"}, None),
        (INCIDENTS, {"kind": "sign", "found_at": "2023-12-03T10:00:00+09:00", "content": "誤", "place": "室", "situation": "誤"}, Urgency.OVERDUE),
        (AUDITS, {"on": "2023-11-15", "kind": "self", "section": "7", "result": "unmet", "done": "未", "due_on": "2023-12-01"}, Urgency.OVERDUE),
    ],
)  # fmt: skip
def test_what_registers_hold_a_day_for(
    place: Outlook, register: Register, values: dict[str, str], urgency: Urgency | None
) -> None:
    note(place, register, values)
    brief = brief_of(place)
    assert [one.urgency for one in brief.duties] == ([urgency] if urgency else [])
    presses = urgency in (Urgency.OVERDUE, Urgency.TODAY)
    assert ("registers_are_in_order" in failing(brief)) is presses
    assert any("台帳" in line for line in lines(brief))


def test_pages_keep_ids_and_no_label(place: Outlook) -> None:
    """What a label says is gone from the screen with the terminal; what a page keeps stays for as long as its log."""
    facts = {
        "kind": "lent",
        "quantity": "1",
        "from_on": "2023-11-20",
        "due_on": "2023-12-01",
        "by": "op1",
    }
    note(place, TAKEOUTS, {**facts, "item": "架空花子の鍵"})
    brief = brief_of(place)
    assert any("架空花子の鍵" in line for line in lines(brief))
    (duty,) = brief.duties
    kept = repr(_metadata(brief)) + repr(list(_checks(brief)))
    assert "花子" not in kept and duty.ref in kept


def test_while_a_run_builds_the_warehouse_the_morning_says_so(place: Outlook) -> None:
    hold = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); c.execute('create table t (x int)'); "
        "print('held', flush=True); time.sleep(30)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(place.home.warehouse)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(HomeBusy, match="try again"):
            brief_of(place)
        other.kill()


def test_what_was_put_right_since_presses_no_more(place: Outlook) -> None:
    facts = {"kind": "self", "section": "7", "done": "整備"}
    note(place, AUDITS, {"on": "2023-11-15", "result": "unmet", "due_on": "2023-12-01", **facts})
    note(place, AUDITS, {"on": "2023-12-01", "result": "met", **facts})
    assert brief_of(place).duties == ()


@pytest.mark.parametrize(
    ("permits", "told"),
    [
        ([], ["city"]),
        ([{"target": "別のもの", "permitted_on": "2023-11-13"}], ["city"]),
        ([{"target": "提出用", "permitted_on": "2023-12-05"}], ["city"]),
        ([{"target": "提出用", "permitted_on": "2023-11-13"}], []),
    ],
)
def test_a_destination_without_its_permit_is_told(
    place: Outlook, permits: list[dict[str, str]], told: list[str]
) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRlc3RrZXl0ZXN0a2V5dGVzdGtleXRlc3RrZXkh"
    sftp = SftpDestination(
        name="city", way="sftp", target="sftp.example.jp", user="u", host_key=key, permit="提出用"
    )
    medium = FolderDestination(name="medium", way="folder", target="/mnt/city")
    contract = place.settings.contract.model_copy(update={"destinations": (sftp, medium)})
    with_it = replace(place, settings=replace(place.settings, contract=contract))
    for values in permits:
        note(with_it, PERMITS, {"kind": "network", "scope": "書類の提出", **values})
    brief = brief_of(with_it)
    assert [one.ref for one in brief.duties] == told
    assert ("registers_are_in_order" in failing(brief)) is bool(told)
