"""The inspection pack: everything that an auditor asks for, checked by its own sums, with no citizen in it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from urllib.parse import quote

from application.inspection import INDEX, SUMS
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.keys.keyring import Keyring
from compliance.registers.entries import Draft, save
from compliance.registers.known import ESCALATIONS, REGISTERS
from tests.compliance.erasure.stage import Stage
from tests.support.inquiry_commands import say, stage
from tests.support.register_entries import ABOUT, CALL, RECORD

__all__ = ["stage"]


def test_it_holds_the_registers_the_log_and_their_sums_and_nobody_s_words(stage: Stage) -> None:
    ring, actor = Keyring.open(stage.home), stage.actor("mg1")
    enter(stage.engine, ring, load_form(), actor, [RECORD], oversees=True)
    save(stage.engine, ring, ESCALATIONS, actor, [Draft(ABOUT, CALL)])
    file = stage.folder / "一式.zip"
    say(stage, "audit", "inspection", str(file), by="pm1")
    with zipfile.ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in files.pop(SUMS).decode().splitlines())
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    assert {f"registers/{name}.csv" for name in (*REGISTERS, "people")} <= files.keys()
    assert "緊急の電話" in files["registers/escalations.csv"].decode("utf-8-sig")
    assert any(name.startswith("audit/checkpoints/") for name in files)
    index = files[INDEX].decode()
    assert all(f'href="{quote(name)}"' in index for name in files if name != INDEX)
    assert "台帳：市への報告・引継ぎ（6(2)、6(3)オ）</td><td>1件" in index
    state = json.loads(files["state.json"])
    assert state["log"]["is_right"] is True and state["log"]["entries"] > 0
    everything = b"".join(files.values())
    for words in (RECORD.summary, CALL["reached"], CALL["instruction"]):
        assert words.encode() not in everything
    again = stage.folder / "二.zip"
    say(stage, "audit", "inspection", str(again), by="pm1")
    with zipfile.ZipFile(io.BytesIO(again.read_bytes())) as archive:
        log = next(n for n in archive.namelist() if n.endswith(".jsonl") and n.startswith("audit/"))
        assert b'"log_exported"' in archive.read(log), "the first pack stands in the second's log"
