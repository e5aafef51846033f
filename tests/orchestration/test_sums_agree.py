"""The monthly state of personal information says in the UI what does not add up, by id, and how it is mended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from compliance.ground.acts import Actor, audit_outbox
from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.inquiries.kept import inquiries, inquiry_id
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import (
    Sealed,
    SpooledRecording,
    record_sealed,
    recordings,
    register_recordings,
)
from tests.homes import HomeOnTrial
from tests.support.complaint_desk import CASE
from tests.support.dagster_browser import Browser, opened

KEY, MONTH = "deliverables/personal_information_report", "2023-11-01"


@pytest.fixture
def browser(finished_home: HomeOnTrial, tmp_path: Path) -> Iterator[Browser]:
    for name in ("home", "home-keys", "pbx"):
        shutil.copytree(finished_home.root / name, tmp_path / name)
    with opened(tmp_path, MADOGUCHI_PBX=str(tmp_path / "pbx")) as browser:
        yield browser


def looked_at(browser: Browser) -> tuple[bool, str, dict[str, Any]]:
    """Whether the check is green once the month is made again, what it says, its figures; the paper's own column beside them."""
    run = browser.materialise([KEY], **{"dagster/partition": MONTH})
    assert run.is_success
    for record in browser.process.instance.all_logs(run.run_id):
        event = record.dagster_event
        if event is not None and event.event_type_value == "ASSET_CHECK_EVALUATION":
            found = event.asset_check_evaluation_data
            if found.check_name == "sums_agree":
                said = {label: value.value for label, value in found.metadata.items()}
                return found.passed, found.description or "", said
    raise AssertionError("the check was not asked")


def test_what_does_not_add_up_is_named_until_it_is_mended(browser: Browser, tmp_path: Path) -> None:
    assert looked_at(browser) == (True, "", {"食い違い": 0})
    home = Home.at(tmp_path / "home", tmp_path / "home-keys")
    engine = open_operations(home.operations_url)
    at = datetime(2023, 11, 21, 3, tzinfo=UTC)
    seen = [SpooledRecording(f"1700000000.{n}", f"1700000000.{n}", 44, 1.0, "ok", True, at) for n in (1, 2)]  # fmt: skip
    register_recordings(engine, seen, at)
    record_sealed(engine, [Sealed(one.recording_id, "0" * 64, 44) for one in seen], at)
    assert looked_at(browser) == (True, "", {"食い違い": 0})
    query = select(recordings).where(recordings.c.recording_id.like("1700000000.%"))
    with engine.begin() as connection:
        lost, other = connection.execute(query.order_by(recordings.c.recording_id)).fetchall()
        connection.execute(delete(recordings).where(recordings.c.recording_id == lost.recording_id))
        unknown = dict(other._mapping) | {"recording_id": "1700000000.9"}
        connection.execute(insert(recordings).values(unknown))
    enter(engine, Keyring.open(home), load_form(), Actor("sv1", at), [CASE], oversees=True)
    one = inquiry_id(CASE)
    with engine.begin() as connection:
        connection.execute(delete(audit_outbox).where(audit_outbox.c.object_id == one))
    passed, said, shown = looked_at(browser)
    assert not passed and shown["食い違い"] == 3
    assert "対応記録（言葉） 差+1" in said and "提出せず" in said
    for told in (lost.recording_id, "1700000000.9", one):
        assert f"| {told} |" in shown["対象"], told
    lines = {line.split(" | ")[1]: line for line in shown["対象"].splitlines() if " | " in line}
    assert "目録・対応記録にありません" in lines[lost.recording_id]
    assert "保管開始の記録がありません" in lines["1700000000.9"] and "保管開始の記録がありません" in lines[one]  # fmt: skip
    assert "audit verify" in shown["直し方"] and "operations.db をバックアップから" not in shown["直し方"]  # fmt: skip
    assert "バックアップから operations.db を戻して" in shown["直し方"]
    assert "「Materialize」" in shown["直し方"] and "事故・兆候" in shown["直し方"]
    assert CASE.summary and CASE.summary not in repr((said, shown)) + str(browser.page(KEY, MONTH))
    with engine.begin() as connection:
        connection.execute(insert(recordings).values(dict(lost._mapping)))
        connection.execute(delete(recordings).where(recordings.c.recording_id == "1700000000.9"))
        connection.execute(delete(inquiries).where(inquiries.c.inquiry_id == one))
    assert looked_at(browser)[0]
    with engine.begin() as connection:
        connection.execute(
            update(recordings)
            .where(recordings.c.recording_id == lost.recording_id)
            .values(sealed_at=None)
        )
    passed, said, shown = looked_at(browser)
    assert not passed and "差-1" in said and lost.recording_id in shown["対象"]
    engine.dispose()
