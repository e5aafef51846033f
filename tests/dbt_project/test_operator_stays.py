"""Who talked with a caller, since when and how long, from whatever lines there are: one exchange, one call a quarter of an hour.

Each call has the lines that its name says and no others. Numbers come from the fictional ranges; all persons are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from tests.homes import HomeOnTrial
from tests.support.lived_exchange import CITIZEN, DAY, LOCAL, TRUNK, Exchange

pytestmark = pytest.mark.slow


def proofs(site: Exchange) -> None:
    """One kind of line each, and no other."""
    site.begin("complete alone")
    site.queue(42, "COMPLETECALLER", 12, 30, 1, agent="op1")
    site.begin("transfer alone")
    site.queue(42, "BLINDTRANSFER", "102", "internal", 12, 30, 1, agent="op1")
    site.begin("complete that lost its talk")
    site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(42, "COMPLETEAGENT", 12, "bad", 1, agent="op1")
    site.begin("record of a queue")
    site.record(0, 0, 50, "Queue", f"{TRUNK}-1", "PJSIP/op1-2", context="q-survey")
    site.begin("record of a ring group")
    site.record(0, None, 8, "Dial", f"{TRUNK}-1", "PJSIP/op1-2", result="NO ANSWER")
    site.record(0, 8, 68, "Dial", f"{TRUNK}-1", "PJSIP/op2-3")
    site.begin("ring group in vain")
    site.record(0, None, 40, "Dial", f"{TRUNK}-1", "PJSIP/op1-2", result="NO ANSWER")
    site.record(0, None, 40, "Dial", f"{TRUNK}-1", "PJSIP/op2-3", result="NO ANSWER")
    site.begin("record of a queue in vain")
    site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(40, "ABANDON", 1, 1, 40)
    site.record(0, 0, 40, "Queue", f"{TRUNK}-1", "PJSIP/op1-2", result="NO ANSWER")


def came_back(site: Exchange) -> None:
    """op1 talks a minute, the caller waits two, op1 talks half a minute; the second entry stands before the first end."""
    for name in ("again, by the queue", "again, by all"):
        site.begin(name)
        site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
        site.queue(10, "CONNECT", 10, site.unique(2), 3, agent="op1")
        site.queue(70, "ENTERQUEUE", "", CITIZEN, 1)
        site.queue(70, "BLINDTRANSFER", "600", "internal", 10, 60, 1, agent="op1")
        site.queue(190, "CONNECT", 120, site.unique(3), 3, agent="op1")
        site.queue(220, "COMPLETECALLER", 120, 30, 1, agent="op1")
        site.record(0, 0, 70, "Queue", f"{TRUNK}-1", "PJSIP/op1-2", context="q-survey")
        site.record(70, 70, 220, "Queue", f"{TRUNK}-1", "PJSIP/op1-3", context="q-survey")
    site.event(0, "CHAN_START", TRUNK, 1, context="from-trunk")
    for n, (entered, joined, left) in enumerate(((0, 10, 70), (70, 190, 220)), 2):
        site.event(entered, "APP_START", TRUNK, 1, app="Queue", context="q-survey")
        site.event(joined - 3, "CHAN_START", "PJSIP/op1", n)
        site.stays(TRUNK, 1, joined, left, n)
        site.stays("PJSIP/op1", n, joined, left, n)
    site.event(220, "HANGUP", TRUNK, 1)


def who_talked(site: Exchange) -> None:
    site.begin("picked up by another")
    site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(10, "CONNECT", 10, site.unique(2), 7, agent="op1")
    site.queue(50, "COMPLETECALLER", 10, 40, 1, agent="op1")
    site.event(0, "CHAN_START", TRUNK, 1, context="from-trunk")
    site.event(3, "CHAN_START", "PJSIP/op1", 2)
    site.event(
        8, "CHAN_START", "PJSIP/op2", 3, linked=site.unique(3), exten="*8101", context="internal"
    )
    site.stays(TRUNK, 1, 10, 50, 1)
    site.stays("PJSIP/op2", 3, 10, 50, 1)
    site.event(50, "HANGUP", TRUNK, 1)
    site.begin("behind a Local channel")
    site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(10, "CONNECT", 10, site.unique(3), 7, agent=f"{LOCAL}/n")
    site.queue(50, "COMPLETECALLER", 10, 40, 1, agent=f"{LOCAL}/n")
    site.event(0, "CHAN_START", TRUNK, 1, context="from-trunk")
    for n in (3, 4):
        site.event(2, "CHAN_START", LOCAL, n)
    site.event(3, "CHAN_START", "PJSIP/op1", 5)
    site.stays(TRUNK, 1, 10, 50, 1)
    site.stays(LOCAL, 3, 10, 50, 1)
    site.stays(LOCAL, 4, 10, 50, 2)
    site.stays("PJSIP/op1", 5, 10, 30, 2)
    site.event(30, "BLINDTRANSFER", "PJSIP/op1", 5)
    site.stays("PJSIP/op2", 6, 32, 50, 2)
    site.event(50, "HANGUP", TRUNK, 1)
    site.begin("Local member by the queue")
    site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(10, "CONNECT", 10, site.unique(3), 7, agent="Local/102@from-queue/n")
    site.queue(50, "COMPLETECALLER", 10, 40, 1, agent="Local/102@from-queue/n")


def directions(site: Exchange) -> None:
    site.begin("called back through a Local channel")
    site.queue(5, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(8, "CONNECT", 3, site.unique(4), 2, agent="op1")
    site.queue(68, "COMPLETECALLER", 3, 60, 1, agent="op1")
    site.record(0, 5, 68, "Queue", "Local/s@out-00000001;1", "PJSIP/op1-4", context="x")
    site.record(0, 5, 68, "Dial", "Local/s@out-00000001;2", f"{TRUNK}-3", n=2, dst=CITIZEN)
    site.begin("a line that the exchange dialled first")
    site.event(0, "CHAN_START", TRUNK, 1, context="from-trunk")
    site.event(6, "ANSWER", TRUNK, 1, app="AppDial2", context="from-trunk")
    site.event(7, "APP_START", TRUNK, 1, app="Queue", context="q-survey")
    site.event(8, "CHAN_START", "PJSIP/op1", 2)
    site.stays(TRUNK, 1, 9, 39, 1)
    site.stays("PJSIP/op1", 2, 9, 39, 1)
    site.event(39, "HANGUP", TRUNK, 1)
    site.begin("consulted")
    own = site.unique(5)
    site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
    site.queue(10, "CONNECT", 10, site.unique(2), 8, agent="op1")
    site.queue(99, "ENTERQUEUE", "", "101", 1, queue="opinion", call=own)
    site.queue(100, "ATTENDEDTRANSFER", "APP", "Queue", 10, 90, 1, agent="op1", call=own)
    site.queue(105, "CONNECT", 6, site.unique(6), 5, agent="op2", queue="opinion")
    site.queue(135, "COMPLETEAGENT", 6, 30, 1, agent="op2", queue="opinion")
    site.begin("consulted in vain")
    site.queue(0, "ENTERQUEUE", "", "101", 1, queue="opinion")
    site.queue(9, "ABANDON", 1, 1, 9, queue="opinion")


def ends(site: Exchange) -> None:
    for name, late in (("listened in on", 1500), ("clock set back", -30)):
        site.begin(name)
        site.queue(0, "ENTERQUEUE", "", CITIZEN, 1)
        site.queue(10, "CONNECT", 10, site.unique(2), 7, agent="op1")
        site.queue(50, "COMPLETECALLER", 10, 40, 1, agent="op1")
        site.event(0, "CHAN_START", TRUNK, 1, context="from-trunk")
        site.event(late, "HANGUP", TRUNK, 1)
        if late > 0:
            site.record(0, 0, 50, "Queue", f"{TRUNK}-1", "PJSIP/op1-2", context="q-survey")


def members(site: Exchange) -> None:
    """The two days after: op1 over the night, op2 and op3 off from all queues."""
    site.began = DAY + timedelta(days=1)
    for moment, agent, verb, *data in (
        (0, "op1", "ADDMEMBER", ""),
        (86400 + 8 * 3600, "op1", "REMOVEMEMBER", ""),
        (86400, "op2", "ADDMEMBER", ""),
        (86400 + 3 * 3600, "op3", "AGENTLOGOFF", "PJSIP/op3", 7200),
        (86400 + 3 * 3600, "op2", "AGENTLOGOFF", "PJSIP/op2", 10800),
    ):
        queue = "NONE" if verb == "AGENTLOGOFF" else "survey"
        site.queue(moment, verb, *data, agent=agent, call="NONE", queue=queue)


@dataclass(frozen=True)
class Account:
    """The calls, legs, other linked ids and log-ons of the exchange, calls and legs by the call's name."""

    calls: dict[str, dict[str, Any]]
    legs: dict[str, list[tuple[str, float | None]]]
    others: dict[str, str]
    on: dict[str, list[float]]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("stays")
    site = Exchange()
    for part in (proofs, came_back, who_talked, directions, ends, members):
        part(site)
    site.write(folder / "pbx")
    home = HomeOnTrial(folder, folder / "pbx")
    done = home.run("2023-11-24T06:30+09:00")
    assert done.returncode in (0, 3), done.stderr[-2000:]
    names = {call_id: name for name, call_id in site.calls.items()}
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        cursor = connection.execute("select * from marts.fct_calls")
        columns = [column[0] for column in cursor.description]
        calls = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        legs: dict[str, list[tuple[str, float | None]]] = {}
        for call_id, operator, talk in connection.execute(
            "select call_id, operator, talk_seconds from marts.fct_operator_legs order by call_id, leg_number"
        ).fetchall():
            legs.setdefault(names.get(call_id, call_id), []).append((operator, talk))
        others = connection.execute("select linked_id, reason from marts.fct_non_calls").fetchall()
        on: dict[str, list[float]] = {}
        for operator, seconds in connection.execute(
            "select operator, duration_seconds from marts.fct_operator_intervals "
            "where state = 'logged_on' and call_date = '2023-11-22' order by operator, began_at"
        ).fetchall():
            on.setdefault(operator, []).append(seconds)
    return Account(
        {names.get(call["call_id"], call["call_id"]): call for call in calls},
        legs,
        {names.get(linked, linked): reason for linked, reason in others},
        on,
    )


@pytest.mark.parametrize(
    ("name", "proof", "operator", "wait", "talk"),
    [
        ("complete alone", "completed", "op1", 12, 30),
        ("transfer alone", "transferred", "op1", 12, 30),
        ("complete that lost its talk", "completed", "op1", 12, None),
        ("record of a queue", "queue_leg", "op1", None, None),
        ("record of a ring group", "dialled_leg", "op2", None, 60),
    ],
)
def test_each_proof_of_an_answer_proves_it_alone_and_tells_what_it_can(
    account: Account, name: str, proof: str, operator: str, wait: float | None, talk: float | None
) -> None:
    call = account.calls[name]
    assert (call["outcome"], call["first_operator"]) == ("answered", operator)
    assert f"answer: {proof};" in call["outcome_evidence"]
    assert (call["wait_seconds"], call["talk_seconds"]) == (wait, talk)
    assert account.legs[name] == [(operator, talk)]


def test_phones_that_rang_in_vain_are_abandoned_while_ringing_and_no_answer(
    account: Account,
) -> None:
    call = account.calls["ring group in vain"]
    assert (call["outcome"], call["outcome_reason"]) == ("abandoned", "ringing")
    assert account.calls["record of a queue in vain"]["outcome"] == "abandoned"
    assert "ring group in vain" not in account.legs


@pytest.mark.parametrize("name", ["again, by the queue", "again, by all"])
def test_who_waits_again_talks_with_nobody_and_each_stay_is_a_leg(
    account: Account, name: str
) -> None:
    assert account.legs[name] == [("op1", 60), ("op1", 30)]
    assert account.calls[name]["talk_seconds"] == 90
    assert account.calls[name]["wait_seconds"] == 10


def test_whoever_was_in_the_bridge_talked_whomever_the_queue_rang(account: Account) -> None:
    call = account.calls["picked up by another"]
    assert (call["outcome"], call["first_operator"], call["last_operator"]) == (
        "answered",
        "op2",
        "op2",
    )
    assert account.legs["picked up by another"] == [("op2", 40)]
    assert "unknown" not in account.others.values()


def test_a_member_behind_a_local_channel_is_whose_phone_rings_and_its_transfers_count(
    account: Account,
) -> None:
    call = account.calls["behind a Local channel"]
    assert (call["first_operator"], call["last_operator"], call["transfer_count"]) == (
        "op1",
        "op2",
        1,
    )
    assert account.legs["behind a Local channel"] == [("op1", 20), ("op2", 18)]
    assert account.calls["Local member by the queue"]["first_operator"] == "op2"


def test_whoever_was_dialled_decides_the_direction(account: Account) -> None:
    back = account.calls["called back through a Local channel"]
    assert (back["direction"], back["outcome"]) == ("outbound", "reached")
    assert (back["first_operator"], back["wait_seconds"]) == ("op1", None)
    assert account.legs["called back through a Local channel"] == [("op1", 60)]
    dialled = account.calls["a line that the exchange dialled first"]
    assert (dialled["direction"], dialled["outcome"]) == ("outbound", "reached")
    assert (dialled["first_operator"], dialled["talk_seconds"]) == ("op1", 30)


def test_an_operator_s_call_into_a_queue_is_no_citizen_s(account: Account) -> None:
    assert account.others["consulted in vain"] == "consultation"
    call = account.calls["consulted"]
    assert (call["first_operator"], call["last_operator"], call["transfer_count"]) == (
        "op1",
        "op2",
        1,
    )
    assert account.legs["consulted"] == [("op1", 90), ("op2", 30)]
    assert sum(reason == "consultation" for reason in account.others.values()) == 2


def test_a_call_ends_where_most_sources_say_and_never_before_it_began(account: Account) -> None:
    call = account.calls["listened in on"]
    assert (call["ended_at"] - call["started_at"]).total_seconds() == 50
    back = account.calls["clock set back"]
    assert back["ended_at"] is None or back["ended_at"] >= back["started_at"]
    assert back["outcome"] == "answered"


def test_who_logs_off_had_been_on_over_the_night_and_leaves_every_queue(account: Account) -> None:
    assert account.on == {"op1": [8 * 3600], "op2": [3 * 3600], "op3": [2 * 3600]}
