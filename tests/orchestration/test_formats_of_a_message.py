"""A message that the exchange wrote in several formats: every file is taken into custody, and an erasure finds each again."""

from __future__ import annotations

import struct
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlalchemy import select

from compliance.erasure.exchange import look, mark
from compliance.erasure.situation import as_items, candidates
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import recordings
from compliance.vault.custody import verify_vault
from telephony_ingest.asterisk.kept import sound_files
from telephony_ingest.asterisk.settings import PbxSettings
from tests.homes import HomeOnTrial

pytestmark = pytest.mark.slow

BEGAN = int(datetime(2023, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp())
CALL, CHANNEL = f"{BEGAN}.1", "PJSIP/trunk-00000001"


def write(pbx: Path) -> list[Path]:
    """One caller who chose the mailbox after ten seconds of waiting, and the message in three formats."""
    box = pbx / "voicemail/keiro/100/INBOX"
    box.mkdir(parents=True)
    (pbx / "queue_log").write_text(
        f"{BEGAN}|{CALL}|survey|NONE|ENTERQUEUE||0110000061|1\n"
        f"{BEGAN + 10}|{CALL}|survey|NONE|EXITWITHKEY|1|1|1|10\n"
    )
    (pbx / "cdr-custom").mkdir()
    (pbx / "cdr-custom/a.csv").write_text(
        f'"2023-11-20 10:00:00","2023-11-20 10:00:00","2023-11-20 10:00:30","","0110000061","1","queue-exit",'
        f'"{CHANNEL}","","VoiceMail","100@keiro","30.0","30.0","ANSWERED","","","{CALL}","{CALL}","1","",""\n'
    )
    (box / "msg0000.txt").write_text(
        f"[message]\norigmailbox=100\ncontext=keiro\ncallerchan={CHANNEL}\norigtime={BEGAN + 12}\n"
        f"msg_id={BEGAN + 12}-00000001\nduration=15\n"
    )
    samples = struct.pack("<hh", 4000, -4000) * 60_000
    layout = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    wave = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", len(samples))
    found = [box / f"msg0000{suffix}" for suffix in (".wav", ".WAV", ".gsm")]
    found[0].write_bytes(b"RIFF" + struct.pack("<I", 36 + len(samples)) + wave + samples)
    layout = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    packed = bytes(range(65)) * 375
    wave = b"WAVEfmt " + struct.pack("<I", 20) + layout + b"data" + struct.pack("<I", len(packed))
    found[1].write_bytes(b"RIFF" + struct.pack("<I", 40 + len(packed)) + wave + packed)
    found[2].write_bytes(bytes(range(33)) * 750)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> HomeOnTrial:
    folder = tmp_path_factory.mktemp("formats")
    write(folder / "pbx")
    home = HomeOnTrial(folder, folder / "pbx")
    done = home.run("2023-11-21T09:00+09:00")
    assert done.returncode in (0, 3), done.stderr[-2000:]
    return home


def test_every_format_of_a_message_is_sealed_and_the_message_is_one(home: HomeOnTrial) -> None:
    kept = Home.at(home.path)
    engine = open_operations(kept.operations_url)
    with engine.connect() as connection:
        rows = connection.execute(select(recordings)).fetchall()
    assert Counter((row.kind, row.state) for row in rows) == {("message", "sealed"): 3}
    assert {row.duration_seconds for row in rows} == {15.0}
    assert verify_vault(engine, kept, Keyring.open(kept)) == (3, [])
    engine.dispose()
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        messages = connection.execute(
            "select call_id, outcome, recording_id from marts.fct_calls "
            "left join marts.fct_message_recordings using (call_id)"
        ).fetchall()
        shown = connection.execute("select count(*) from marts.fct_messages").fetchone()
    assert [(call, outcome) for call, outcome, _ in messages] == [(CALL, "message")]
    assert messages[0][2] in {row.recording_id for row in rows}
    assert shown == (1,)


def test_the_marks_of_an_erasure_find_every_format_on_the_exchange(home: HomeOnTrial) -> None:
    kept = Home.at(home.path)
    engine, ring = open_operations(kept.operations_url), Keyring.open(kept)
    items = as_items([c for c in candidates(engine, ring) if c.kind == "message"], ring)
    mark(engine, kept, ring, {}, "E-0001", items)
    settings = PbxSettings().at(home.pbx)
    seen = look(engine, "E-0001", lambda kinds: sound_files(settings, kinds), {"message"})
    engine.dispose()
    found = {path.name for paths in seen.left.values() for path in paths}
    assert found == {"msg0000.wav", "msg0000.WAV", "msg0000.gsm"}
    assert seen.looked == 3
