"""Calls that no usual evidence names stay in the account: ids that an application chose, linked ids that are no channel's
own, words that a dialplan wrote into queue_log, feature codes. One home, one hour each.

Numbers come from the fictional ranges; all persons are invented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.homes import ROOT, HomeOnTrial

pytestmark = pytest.mark.slow

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = "2023-11-20"
NUMBER = "0110000042"
UUID = "7d3f1c52-0a7e-4f0e-9a53-6c1b2f0e9d11"
BRIDGE = "87786d7d-b249-4dc6-9504-36a240c26b1b"


def at(clock: str) -> int:
    return int(datetime.fromisoformat(f"{DAY}T{clock}").replace(tzinfo=TOKYO).timestamp())


@dataclass
class Exchange:
    """What an exchange wrote: queue_log and CEL in the reference order."""

    queue_log: list[str] = field(default_factory=list)
    cel: list[str] = field(default_factory=list)

    def says(self, clock: str, verb: str, *fields: str, agent: str = "NONE") -> str:
        call = f"{at(clock)}.1"
        self.queue_log.append("|".join((str(at(clock) + 5), call, "survey", agent, verb, *fields)))
        return call

    def event(
        self,
        clock: str,
        kind: str,
        channel: str,
        uniqueid: str,
        linkedid: str,
        context: str,
        extra: str = "",
        exten: str = "s",
    ) -> None:
        fields = ("", NUMBER, NUMBER, "", "", exten, context, channel, "", "", "", "")
        row = (kind, f"{DAY} {clock}.000000", *fields, uniqueid, linkedid, "", "", "", extra)
        self.cel.append(",".join('"' + cell.replace('"', '""') + '"' for cell in row))

    def talks(self, hour: str, citizen: str, operator: str, linkedid: str) -> None:
        """A caller and op1 in one bridge for half a minute."""
        extra = f'{{"bridge_id":"{BRIDGE}"}}'
        trunk, phone = "PJSIP/trunk-00000001", "PJSIP/op1-00000002"
        self.event(f"{hour}:00:00", "CHAN_START", trunk, citizen, linkedid, "from-trunk")
        self.event(f"{hour}:00:04", "CHAN_START", phone, operator, linkedid, "internal")
        self.event(f"{hour}:00:05", "ANSWER", phone, operator, linkedid, "internal")
        for moment, kind in (("05", "BRIDGE_ENTER"), ("35", "BRIDGE_EXIT")):
            self.event(f"{hour}:00:{moment}", kind, phone, operator, linkedid, "internal", extra)
            self.event(f"{hour}:00:{moment}", kind, trunk, citizen, linkedid, "ivr", extra)
        for kind in ("HANGUP", "CHAN_END"):
            self.event(f"{hour}:00:35", kind, phone, operator, linkedid, "internal")
            self.event(f"{hour}:00:35", kind, trunk, citizen, linkedid, "ivr")

    def write(self, pbx: Path) -> None:
        (pbx / "cel-custom").mkdir(parents=True)
        (pbx / "queue_log").write_text("\n".join([*self.queue_log, ""]), "utf-8")
        (pbx / "cel-custom" / "Keiro.csv").write_text("\n".join([*self.cel, ""]), "utf-8")


@dataclass(frozen=True)
class Account:
    calls: dict[str, dict[str, Any]]
    non_calls: dict[str, str]
    said: str


SAID: dict[str, str] = {}
CODES = (f"*72{NUMBER}", f"#21{NUMBER}", "*40000001", "*97")
"""Dialled by an operator: forwarding to a number, a meeting, the mailbox."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    folder = tmp_path_factory.mktemp("ids")
    exchange = Exchange()
    SAID["FULL"] = exchange.says("09:10:00", "FULL")
    SAID["CLOSED"] = exchange.says("09:20:00", "CLOSED")
    SAID["JOINEMPTY"] = exchange.says("09:30:00", "JOINEMPTY", "1", "2")
    SAID["MANPAI"] = exchange.says("09:40:00", "MANPAI")
    SAID["NANIKA"] = exchange.says("09:50:00", "NANIKA", "x")
    SAID["waited"] = exchange.says("10:10:00", "ENTERQUEUE", "", NUMBER, "1")
    exchange.says("10:10:00", "ABANDON", "1", "1", "5")
    exchange.says("10:10:00", "FULL")
    exchange.says("10:20:00", "PAUSE", "lunch", agent="op1")
    exchange.talks("11", f"{at('11:00:00')}.1", UUID, f"{at('11:00:00')}.1")
    exchange.talks("12", f"{at('12:00:00')}.1", "MySecondId", f"{at('12:00:00')}.1")
    exchange.talks("13", f"{at('13:00:00')}.2", f"{at('13:00:04')}.3", f"{at('13:00:00')}.1")
    exchange.talks("14", "callback-17", f"{at('14:00:04')}.3", "callback-17")
    exchange.event("15:00:00", "STREAM_BEGIN", "PJSIP/trunk-00000009", "x-1", "x-2", "ivr")
    for n, code in enumerate(CODES):
        call, phone = f"{at(f'16:0{n}:00')}.1", f"PJSIP/op1-0000001{n}"
        for kind in ("CHAN_START", "HANGUP", "CHAN_END"):
            exchange.event(f"16:0{n}:00", kind, phone, call, call, "internal", exten=code)
    exchange.write(folder / "pbx")
    contract = (ROOT / "contracts/sapporo-2023/contract.toml").read_text("utf-8")
    own = contract.replace('JOINFULL = "queue_full"', 'MANPAI = "queue_full"')
    assert own != contract
    (folder / "contract.toml").write_text(own, "utf-8")
    home = HomeOnTrial(folder, folder / "pbx")
    done = home.run("2023-11-21T06:30+09:00", "--config", str(folder / "contract.toml"))
    assert done.returncode in (0, 3), done.stderr[-2000:]
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        cursor = connection.execute("select * from marts.fct_calls")
        names = [column[0] for column in cursor.description]
        calls = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        others = connection.execute("select linked_id, reason from marts.fct_non_calls").fetchall()
    return Account({call["call_id"]: call for call in calls}, dict(others), done.stdout)


@pytest.mark.parametrize(
    ("word", "outcome", "reason"),
    [
        ("FULL", "overflow", "queue_full"),
        ("CLOSED", "after_hours", None),
        ("JOINEMPTY", "overflow", "no_staff"),
        ("MANPAI", "overflow", "queue_full"),
        ("NANIKA", "undetermined", "no_evidence"),
        ("waited", "abandoned", "waiting"),
    ],
)
def test_a_word_of_the_dialplan_decides_as_the_settings_say_and_any_other_keeps_its_call(
    account: Account, word: str, outcome: str, reason: str | None
) -> None:
    call = account.calls[SAID[word]]
    assert (call["outcome"], call["outcome_reason"]) == (outcome, reason)
    assert call["direction"] == "inbound"
    assert call["queue"] == "survey"


def test_a_word_of_the_trade_stands_in_the_evidence_and_any_other_by_its_code(
    account: Account,
) -> None:
    assert "queue_log: JOINEMPTY;" in account.calls[SAID["JOINEMPTY"]]["outcome_evidence"]
    assert "NANIKA" not in repr(account.calls)
    assert re.search(
        r"queue_log: k[0-9a-f]{16};", account.calls[SAID["NANIKA"]]["outcome_evidence"]
    )


@pytest.mark.parametrize("hour", ["11", "12"])
def test_an_operator_s_channel_may_have_an_id_that_an_application_chose(
    account: Account, hour: str
) -> None:
    call = account.calls[f"{at(f'{hour}:00:00')}.1"]
    assert (call["outcome"], call["first_operator"], call["talk_seconds"]) == (
        "answered",
        "op1",
        30,
    )


def test_a_linked_id_that_is_no_channel_s_own_is_a_call(account: Account) -> None:
    call = account.calls[f"{at('13:00:00')}.1"]
    assert (call["outcome"], call["first_operator"]) == ("answered", "op1")


def test_a_call_whose_id_tells_no_second_begins_with_its_first_line(account: Account) -> None:
    call = account.calls["callback-17"]
    assert call["started_at"].timestamp() == at("14:00:00")
    assert (call["outcome"], call["first_operator"]) == ("answered", "op1")


@pytest.mark.parametrize("n", range(len(CODES)))
def test_a_feature_code_of_any_length_is_no_call(account: Account, n: int) -> None:
    assert account.non_calls[f"{at(f'16:0{n}:00')}.1"] == "feature_code"


def test_nothing_that_landed_leaves_the_account(account: Account) -> None:
    assert "every_linked_id_is_accounted_for" not in account.said
    assert "x-2" in account.non_calls.keys() | account.calls.keys()
    assert len(account.calls) + len(account.non_calls) == len(SAID) + len(CODES) + 5
