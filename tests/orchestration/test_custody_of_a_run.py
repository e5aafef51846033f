"""A run takes every recording and message of the recorded weeks into custody, and leaves none in clear."""

from __future__ import annotations

from collections import Counter

import duckdb
from sqlalchemy import select

from compliance.audit.log import AuditFolder, entries
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import counts, recordings
from compliance.vault.custody import verify_vault
from tests.homes import HomeOnTrial


def test_every_sound_is_sealed_opens_and_stands_in_the_log(finished_home: HomeOnTrial) -> None:
    home = Home.at(finished_home.path)
    engine = open_operations(home.operations_url)
    sounds = {
        p: len(list((finished_home.pbx).glob(p)))
        for p in ("recordings/*.wav", "voicemail/**/*.wav")
    }
    assert all(sounds.values())
    with engine.connect() as connection:
        kinds = Counter(row.kind for row in connection.execute(select(recordings)))
    assert kinds == {"call": sounds["recordings/*.wav"], "message": sounds["voicemail/**/*.wav"]}
    assert counts(engine).keys() == {"sealed"}
    assert verify_vault(engine, home, Keyring.open(home)) == (sum(sounds.values()), [])
    acts = Counter(entry["action"] for entry in entries(AuditFolder(home.audit)))
    assert acts["recording_sealed"] == acts["recording_registered"] == sum(sounds.values())
    engine.dispose()
    for path in (p for p in finished_home.path.rglob("*") if p.is_file()):
        content = path.read_bytes()
        assert not (b"RIFF" in content and b"WAVEfmt" in content), path


def test_recordings_belong_to_the_calls_that_the_warehouse_knows(
    finished_home: HomeOnTrial,
) -> None:
    home = Home.at(finished_home.path)
    engine = open_operations(home.operations_url)
    with engine.connect() as connection:
        held = {
            row.recording_id
            for row in connection.execute(select(recordings).where(recordings.c.kind == "call"))
        }
    engine.dispose()
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        linked = connection.execute(
            "select recording_id, call_id from marts.fct_recordings"
        ).fetchall()
    assert {recording_id for recording_id, _ in linked} == held
    assert all(call_id for _, call_id in linked)
