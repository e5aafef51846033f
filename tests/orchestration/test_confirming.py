"""責任者確認 stands on what leaves: who and when, in PDF, workbook and manifest, of the very data that were looked at (6(3)オ)."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest

from application.confirming import confirmed
from application.handing_over import edition_of
from application.outbox import confirmation_of
from compliance.deliverables.register import record_deliverable, registered
from compliance.errors import EntryRefused, Outdated
from compliance.ground import durable
from compliance.ground.acts import SYSTEM, Actor, Purpose
from compliance.keys.names import load_or_create_name_key
from compliance.people.person import Employment, Particulars
from compliance.people.register import enter
from compliance.people.rights import Role
from reporting.kinds import KINDS
from reporting.paper.issue import restore
from tests.support.complaint_desk import CASE, OTHER, Desk, contract, desk

__all__ = ["contract", "desk"]
MANAGER = Actor("mg1", datetime(2024, 1, 4, 1, 2, 3, tzinfo=UTC))
KIND, PERIOD = "complaints", "2023-12-28"


@pytest.fixture
def made(desk: Desk) -> Desk:
    """A paper that waits for its manager, who has a name."""
    key = load_or_create_name_key(desk.home, holds_names=False)
    day = desk.contract.period.start_date
    given = Particulars(frozenset({Role.MANAGER}), Employment.REGULAR, day, reported_on=day)
    founder = Actor(SYSTEM, desk.now, purpose=Purpose.FOUNDING)
    enter(desk.engine, key, founder, "mg1", "架空 責任子", given)
    desk.now = desk.now.astimezone(UTC)
    desk.enter(CASE)
    desk.issue()
    return desk


def confirm(desk: Desk) -> bool:
    return confirmed(desk.engine, desk.home, MANAGER, edition_of(desk.engine, KIND, PERIOD))


def words_of(desk: Desk) -> tuple[str, str]:
    pdf = pypdf.PdfReader(io.BytesIO(desk.opened()["pdf"])).pages[0].extract_text()
    return "".join(pdf.split()), "".join(desk.cells().split())


def manifest(desk: Desk) -> dict[str, object]:
    folder = desk.home.outbox / KIND / PERIOD
    found: dict[str, object] = json.loads((folder / "manifest.json").read_bytes())
    leaves: dict[str, object] = json.loads(desk.opened()["json"])
    assert {**leaves, "files": None} == {**found, "files": None}
    return found


def test_until_it_is_confirmed_the_paper_says_so(made: Desk) -> None:
    for text in words_of(made):
        assert "未確認" in text
    assert "confirmed_by" not in manifest(made)


def test_who_confirmed_stands_in_every_form_and_the_figures_are_those_looked_at(made: Desk) -> None:
    before = manifest(made)
    assert (confirm(made), confirm(made)) == (True, False)
    for text in words_of(made):
        assert "架空責任子（mg1）" in text
        assert "令和6年1月4日（木）10:02" in text
        assert "未確認" not in text
    after = manifest(made)
    assert after["data_sha256"] == before["data_sha256"]
    assert (after["confirmed_by"], after["confirmed_at"]) == ("mg1", "2024-01-04T01:02:03+00:00")
    paper = edition_of(made.engine, KIND, PERIOD)
    for file in registered(made.engine, paper):
        kept = (made.home.outbox / KIND / PERIOD / file.name).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == file.sha256


@pytest.mark.parametrize("nth", range(3))
def test_cut_off_while_it_is_confirmed_the_next_run_has_the_unconfirmed_again(
    made: Desk, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files come first, the register last: what was not registered was not confirmed."""
    left = [nth]

    def dies(path: object, content: bytes) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        made.shelf().write(path, content)  # type: ignore[arg-type]

    files = len(registered(made.engine, edition_of(made.engine, KIND, PERIOD)))
    monkeypatch.setattr("compliance.ground.durable.write_durably", dies)
    with pytest.raises(KeyboardInterrupt):
        confirm(made)
    monkeypatch.undo()
    paper = edition_of(made.engine, KIND, PERIOD)
    is_confirmed = nth >= files
    assert (paper.confirmed_by == "mg1") is is_confirmed
    shelf = replace(
        made.shelf(), confirmation=lambda one: confirmation_of(made.engine, made.home, one)
    )
    touched = list(restore(KINDS[KIND], paper, shelf))
    assert all(one.is_restored for one in touched)
    assert all(("未確認" in text) is not is_confirmed for text in words_of(made))
    assert ("confirmed_by" in manifest(made)) is is_confirmed


def test_a_confirmed_file_that_was_touched_is_made_again_as_it_was(made: Desk) -> None:
    confirm(made)
    paper = edition_of(made.engine, KIND, PERIOD)
    folder = made.home.outbox / KIND / PERIOD
    kept = {file.name: (folder / file.name).read_bytes() for file in registered(made.engine, paper)}
    for name in kept:
        (folder / name).write_bytes(b"x")
    shelf = replace(
        made.shelf(), confirmation=lambda one: confirmation_of(made.engine, made.home, one)
    )
    assert {one.name: one.is_restored for one in restore(KINDS[KIND], paper, shelf)} == dict.fromkeys(kept, True)  # fmt: skip
    assert {name: (folder / name).read_bytes() for name in kept} == kept


def test_what_was_made_anew_since_is_not_confirmed_and_not_touched(made: Desk) -> None:
    seen = replace(edition_of(made.engine, KIND, PERIOD), data_sha256="0" * 64)
    before = manifest(made)
    with pytest.raises(EntryRefused, match="作り直され"):
        confirmed(made.engine, made.home, MANAGER, seen)
    assert manifest(made) == before
    assert all("未確認" in text for text in words_of(made))


def test_made_anew_while_it_is_being_confirmed_the_new_one_s_files_stand(
    made: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that issues between the look and the register: refused, and nothing in the outbox says confirmed."""
    made.now = datetime(2023, 12, 29, 6, tzinfo=UTC)
    made.enter(OTHER)
    made.issue()  # a draft, before its day
    seen = edition_of(made.engine, KIND, PERIOD)
    write, is_done = durable.write_durably, []

    def between(path: Path, content: bytes) -> None:
        write(path, content)
        if not is_done:
            is_done.append(True)
            made.enter(replace(OTHER, call_id="1703727180.9"))
            made.issue(write)

    monkeypatch.setattr("compliance.ground.durable.write_durably", between)
    with pytest.raises(EntryRefused, match="作り直され"):
        confirmed(made.engine, made.home, MANAGER, seen)
    monkeypatch.undo()
    assert edition_of(made.engine, KIND, PERIOD).confirmed_by is None
    assert all("未確認" in text for text in words_of(made)), (
        "each file is as registered, or would not open"
    )


def test_what_was_confirmed_meanwhile_is_not_replaced(made: Desk) -> None:
    """A run that decided to replace a draft before somebody confirmed it."""
    draft = edition_of(made.engine, KIND, PERIOD)
    files = registered(made.engine, draft)
    assert confirm(made)
    with pytest.raises(Outdated, match="作り直している間に確認"):
        record_deliverable(made.engine, replace(draft, data_sha256="1" * 64), files)
    kept = edition_of(made.engine, KIND, PERIOD)
    assert (kept.confirmed_by, kept.data_sha256) == ("mg1", draft.data_sha256)
