"""A PBX on which every name is somebody's number or name, in every writing: none of them passes the door."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from tests.homes import HomeOnTrial
from tests.support.readable_texts import readable_texts

SECRETS = (
    "Tanaka Jiro",
    "tanaka",
    "tanaka.jiro",
    "Tanaka_Jiro",
    "田中",
    "ジロー",
    "011-000-0072",
    "0110000072",
    "(011)000-0072",
    "+81110000072",
    "０１１０００００７２",
    "011 000 0072",
)
SOUGHT = (*SECRETS[2:], "Tanaka", "tanaka", "Jiro")
FIRST = 1700442000
CHANNELS = (
    "PJSIP/{}-0000000a",
    "DAHDI/i1/{}-5",
    "SIP/{0}@{0}-0000000b",
    "Local/{}@from-internal-0000000c;1",
    "{}",
)
LOCAL = 3
AGENTS = ("{}", "PJSIP/{}", "Local/{}@from-queue/n", "op1", "op1")


def csv_line(*values: str) -> str:
    return ",".join('"' + value.replace('"', '""') + '"' for value in values) + "\n"


def write(pbx: Path) -> int:
    """Every free field of every source holds a secret; returns how many calls there are."""
    for folder in ("cdr-csv", "cel-custom", "recordings", "voicemail/keiro/100/INBOX"):
        (pbx / folder).mkdir(parents=True)
    queue_log, cdr, cel, calls = "", "", "", 0
    for name in SECRETS:
        for shape, agent in zip(CHANNELS, AGENTS, strict=True):
            calls += 1
            second, at = FIRST + 60 * calls, f"2023-11-20 {10 + calls // 60}:{calls % 60:02d}:00"
            call, channel, who = f"{second}.{calls}", shape.format(name), agent.format(name)
            queue_log += (
                f"{second}|{call}|{name}|NONE|ENTERQUEUE|{name}|{name}|1\n"
                f"{second + 2}|{call}|{name}|{who}|CONNECT|2|{call}|1\n"
                f"{second + 9}|{call}|{name}|{who}|BLINDTRANSFER|{name}|{name}|2|7|1\n"
                f"{second}|NONE|{name}|{who}|PAUSE|{name}\n"
                f"{second}|NONE|{name}|{who}|{name}|{name}\n"
                f"{second}|{name}|survey|op1|ABANDON|1|1|1\n"
            )
            app = ("Queue", name, "Dial", "Hangup", "Playback")[calls % 5]
            cdr += csv_line(
                *[name] * 4, f'"{name}" <{name}>', channel, channel, app, name, at, at, at,
                "5", "5", "ANSWERED", "DOCUMENTATION", call, name, name, call, str(calls),
            )  # fmt: skip
            extra = "".join(
                f'"{key}":"{name}",' for key in ("extension", "hangupsource", "dialstatus")
            )
            cel += csv_line(
                "CHAN_START", at, *[name] * 7, channel, app, name, "3", name, call, call, channel,
                name, name, "{" + extra + "}",
            )  # fmt: skip
            cel += csv_line(
                "BLINDTRANSFER", at, *[name] * 7, channel, app, name, "3", name, call, call, channel,
                name, name, "{" + extra + "}",
            )  # fmt: skip
        (pbx / "recordings" / f"{name}-{FIRST + 60}.1.wav").write_bytes(b"RIFF" + name.encode())
        (pbx / "recordings" / f"{name}.wav").write_bytes(b"RIFF")
        (pbx / f"queue_log-{name}").write_text(f"{FIRST}|NONE|NONE|NONE|QUEUESTART|\n{name}|x\n")
    (pbx / "queue_log").write_text(queue_log)
    (pbx / "cdr-csv" / "Master.csv").write_text(cdr)
    (pbx / "cel-custom" / "Master.csv").write_text(cel)
    (pbx / "voicemail/keiro/100/INBOX/msg0000.txt").write_text(
        f"[message]\norigmailbox={SECRETS[0]}\ncontext={SECRETS[4]}\ncallerchan=PJSIP/{SECRETS[1]}-0a\n"
        f'callerid="{SECRETS[0]}" <{SECRETS[6]}>\norigtime={FIRST}\nmsg_id={SECRETS[1]}\nduration=3\n'
    )
    return calls


@pytest.mark.slow
def test_no_writing_of_a_number_or_name_passes_and_no_call_is_lost(tmp_path: Path) -> None:
    home = HomeOnTrial(tmp_path, tmp_path / "pbx")
    calls = write(home.pbx)
    done = home.run("2023-11-27T09:00+09:00")
    assert done.returncode == 3, done.stderr
    assert not [secret for secret in SOUGHT if secret in done.stdout + done.stderr]
    kept = [str(call_id) for call_id, _ in home.calls()]
    chosen = [call_id for call_id in kept if not call_id[0].isdigit()]
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        inside = connection.execute("select linked_id, reason from marts.fct_non_calls").fetchall()
    own = {int(call_id.split(".")[1]) for call_id in kept if call_id not in chosen}
    begun_inside = {int(str(call_id).split(".")[1]) for call_id, _ in inside}
    assert own | begun_inside == set(range(1, calls + 1)) and not own & begun_inside
    assert {(number - 1) % len(CHANNELS) for number in begun_inside} == {LOCAL}
    assert {reason for _, reason in inside} == {"internal"}, "nobody outside called on these"
    assert all(re.fullmatch(r"k[0-9a-f]{16}", call_id) for call_id in chosen), "an id is a code"
    assert len(chosen) <= len(SECRETS)
    assert list((home.path / "outbox").rglob("*.pdf"))
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        named = connection.execute(
            "select count(*) from marts.fct_calls "
            "where call_id not like 'k%' and (queue is null or first_operator is null)"
        ).fetchone()
    assert named == (0,)
    found = {
        (str(path.relative_to(home.path)), SOUGHT.index(secret))
        for path in sorted(home.path.rglob("*"))
        if path.is_file()
        for text in readable_texts(path)
        for secret in SOUGHT
        if secret in text
    }
    assert not found, "each a file and the place of what was found in the list"
