"""送付書: over both papers of the month or none, one page, a paper of the register that goes with them."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from pathlib import Path

import pypdf
import pytest

from application.confirming import confirmed
from application.handing_over import PaperState, edition_of, hand_over, state_of
from compliance.audit.log import AuditLog
from compliance.audit.log import entries as logged
from compliance.deliverables.handed_over import record_receipt
from compliance.errors import EntryRefused, HomeDamaged, NotAllowed
from compliance.ground.japan import TOKYO
from reporting.cover.kind import COVER
from reporting.cover.letter import Enclosed, EnclosedFile, letter
from reporting.paper.tables import render_pdf
from tests.compliance.erasure.stage import CONTRACT, Stage
from tests.support.inquiry_commands import say, stage
from tests.support.monthly_papers import BOTH, DUE, PERIOD, issue

__all__ = ["stage"]


def text_of(path: Path) -> str:
    (page,) = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return "".join(page.extract_text().split())


def test_one_page_names_every_file_by_extent_and_digest(stage: Stage, tmp_path: Path) -> None:
    for kind in BOTH:
        issue(stage, kind, rows=120 if kind == BOTH[1] else 1)
    out = tmp_path / "out"
    said = say(stage, "papers", "cover", "--month", PERIOD, "--to", str(out), by="sv1")
    (path,) = out.iterdir()
    assert str(path) in said and path.name == "送付書_2023-12.pdf"
    told = text_of(path)
    letter_ = edition_of(stage.engine, COVER.kind, PERIOD)
    size, _, root = letter_.checkpoint.partition(":")
    for word in ("札幌市長", "令和5年12月分", "第1版", "委託者収受", f"{size}", root):
        assert word in told, word
    for kind in BOTH:
        folder = stage.home.outbox / kind / PERIOD
        for file in folder.iterdir():
            assert file.name in told
            assert hashlib.sha256(file.read_bytes()).hexdigest()[:16] in told
    assert "1頁" in told and "3頁" in told and told.count("2シート") == 2
    assert (stage.home.outbox / COVER.kind / PERIOD / path.name).read_bytes() == path.read_bytes()
    again = tmp_path / "again"
    say(stage, "papers", "cover", "--month", PERIOD, "--to", str(again))
    assert (again / path.name).read_bytes() == path.read_bytes()
    name = f"cover/{PERIOD}/r1"
    noted = [e for e in logged(AuditLog(stage.home).folder) if e["object_id"] == name]
    assert [(e["actor"], e["action"]) for e in noted] == [
        ("system", "deliverable_made"),
        ("sv1", "paper_opened"),
        ("mg1", "paper_opened"),
    ]


def test_it_goes_on_the_medium_with_the_papers(stage: Stage, tmp_path: Path) -> None:
    for kind in BOTH:
        issue(stage, kind)
    say(stage, "papers", "cover", "--month", PERIOD)
    manager, medium = stage.actor("mg1"), tmp_path / "medium"
    made = edition_of(stage.engine, COVER.kind, PERIOD)
    with pytest.raises(EntryRefused, match="責任者の確認がまだ"):
        hand_over(stage.engine, stage.home, manager, made, medium, "媒体")
    assert confirmed(stage.engine, stage.home, manager, made)
    made = edition_of(stage.engine, COVER.kind, PERIOD)
    hand_over(stage.engine, stage.home, manager, made, medium, "媒体")
    (page,) = (medium / COVER.kind / PERIOD).glob("*.pdf")
    assert "責任者確認" in text_of(page)
    record_receipt(stage.engine, manager, made, stage.now.date(), "受-1")
    assert state_of(stage.engine, made) is PaperState.RECEIVED


def test_a_later_edition_of_a_paper_makes_another_letter(stage: Stage) -> None:
    for kind in BOTH:
        issue(stage, kind)
    say(stage, "papers", "cover", "--month", PERIOD)
    manager = stage.actor("mg1")
    confirmed(stage.engine, stage.home, manager, edition_of(stage.engine, COVER.kind, PERIOD))
    issue(stage, BOTH[0], rows=2, edition=2)
    say(stage, "papers", "cover", "--month", PERIOD)
    second = edition_of(stage.engine, COVER.kind, PERIOD)
    assert second.edition == 2
    moved = COVER.from_json(second.data_json).corrections
    assert any("第1版" in one.before and "第2版" in one.after for one in moved)


@pytest.mark.parametrize("missing", BOTH)
def test_both_or_none(stage: Stage, tmp_path: Path, missing: str) -> None:
    (other,) = set(BOTH) - {missing}
    issue(stage, other)
    words = ("papers", "cover", "--month", PERIOD, "--to", str(tmp_path / "no"))
    with pytest.raises(EntryRefused, match=f"{missing}/{PERIOD} はまだ作成"):
        say(stage, *words)
    issue(stage, missing, is_confirmed=False)
    with pytest.raises(EntryRefused, match=f"{missing}/{PERIOD}/r1 は責任者の確認がまだ"):
        say(stage, *words)
    with pytest.raises(NotAllowed):
        say(stage, *words, by="ad1")
    manager = stage.actor("mg1")
    confirmed(stage.engine, stage.home, manager, edition_of(stage.engine, missing, PERIOD))
    (stage.home.outbox / other / PERIOD / "manifest.json").unlink()
    next((stage.home.outbox / other / PERIOD).glob("*.xlsx")).write_bytes(b"other")
    with pytest.raises(HomeDamaged):
        say(stage, *words)
    assert not (tmp_path / "no").exists()


def test_long_names_and_later_editions_stay_on_one_page(tmp_path: Path) -> None:
    files = tuple(
        EnclosedFile(f"個人情報取扱状況報告書_2023-12_r12.{form}", "ab" * 32, "12シート")
        for form in ("pdf", "xlsx", "json")
    )
    papers = [Enclosed("個人情報取扱状況報告書", "令和5年12月分", 12, files) for _ in range(2)]
    paper = letter(CONTRACT, papers, DUE)
    path = tmp_path / "letter.pdf"
    path.write_bytes(render_pdf(paper, datetime(2024, 1, 4, 10, tzinfo=TOKYO)))
    assert "第12版" in text_of(path)
