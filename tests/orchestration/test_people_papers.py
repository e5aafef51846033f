"""保護管理者変更申請書 and 従業者報告書: old and new under their names, which stand nowhere else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
from typer.testing import CliRunner

from application import people_papers
from application.handing_over import edition_of, open_paper, state_of
from application.home.session import open_workplace, read_settings
from application.outbox import outbox_of
from application.papers import look_after_papers
from application.people_papers import kept_paper
from application.shelf import shelf_of
from compliance.audit.log import AuditLog
from compliance.audit.log import entries as logged
from compliance.errors import EntryRefused, HomeBusy, NotAllowed
from compliance.ground.run_lock import run_lock
from compliance.keys.names import load_or_create_name_key
from compliance.people.acting import signer
from compliance.people.confirming import confirm
from compliance.people.person import Employment, EventKind, Particulars
from compliance.people.proposing import propose_person
from compliance.people.register import change, enter
from compliance.people.rights import ERASURE_ROLES, Role
from compliance.people.training_and_pledges import note_event
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from reporting.paper.issue import restore
from reporting.paper.people_kind import PEOPLE_PAPERS
from tests.compliance.erasure.stage import FIRST_DAY, PASSPHRASE, Stage
from tests.support.inquiry_commands import say, stage

__all__ = ["stage"]
NAME, REASON = "架空 保子", "人事異動のため"


def come(stage: Stage, staff_id: str, role: Role, name: str, starts: date) -> None:
    key = load_or_create_name_key(stage.home, holds_names=True)
    given = Particulars(
        frozenset({role}), Employment.DISPATCHED, starts, reported_on=stage.now.date()
    )
    if role not in ERASURE_ROLES:
        enter(stage.engine, key, stage.actor("pm1"), staff_id, name, given)
        return
    first, second = (
        signer(stage.engine, stage.home, who, PASSPHRASE, stage.now) for who in ("pm1", "cp1")
    )
    proposed = propose_person(stage.engine, key, *first, staff_id, name=name, given=given)
    confirm(stage.engine, *second, proposed.proposal_id, FIRST_DAY)


def ask(stage: Stage, *words: str, reason: str = REASON, by: str = "pm1") -> str:
    done = CliRunner().invoke(
        app,
        ["people", "paper", *words, "--home", str(stage.home.root), "--by", by],
        input=f"{PASSPHRASE}\n{reason}\n",
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def text_of(folder: Path) -> str:
    (path,) = folder.iterdir()
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages)


def test_another_officer_is_applied_for_with_old_and_new(stage: Stage, tmp_path: Path) -> None:
    come(stage, "pm2", Role.OFFICER, NAME, date(2024, 2, 1))
    note_event(
        stage.engine, stage.actor("pm1"), "pm2", EventKind.TRAINING_ATTENDED, date(2024, 1, 23)
    )
    out = tmp_path / "out"
    said = ask(stage, "pm2", "--form", "officer-change", "--to", str(out))
    assert [path.name for path in out.iterdir()] == ["保護管理者変更申請書_pm2.pdf"]
    told = text_of(out)
    for word in (
        NAME.replace(" ", ""), "pm1", "pm2", REASON, "札幌市長", "令和6年2月1日（木）", "令和6年1月23日", "派遣", "委託者承認",
    ):  # fmt: skip
        assert word in told, word
    assert "誓約日令和5年11月13日未記入" in told, "the new one has not signed yet"
    assert "市の承認未記入" in told
    log = AuditLog(stage.home).folder
    (noted,) = [e for e in logged(log) if e["action"] == "people_exported"]
    assert (noted["actor"], noted["object_id"]) == ("pm1", "pm2")
    assert NAME not in said and REASON not in repr(list(logged(log)))


def test_whom_somebody_replaces_must_be_clear(stage: Stage, tmp_path: Path) -> None:
    come(stage, "pm2", Role.OFFICER, NAME, date(2024, 1, 25))
    come(stage, "pm3", Role.OFFICER, NAME, date(2024, 2, 1))
    words = ("pm3", "--form", "officer-change", "--to", str(tmp_path / "out"))
    with pytest.raises(EntryRefused, match="pm1, pm2"):
        ask(stage, *words)
    with pytest.raises(EntryRefused, match="mg1 は、"):
        ask(stage, *words, "--replaces", "mg1")
    with pytest.raises(EntryRefused, match="mg1 は責任者等ではありません"):
        ask(stage, "mg1", "--form", "officer-change", "--to", str(tmp_path / "out"))
    with pytest.raises(EntryRefused, match="当初の名簿"):
        ask(stage, "pm1", "--form", "officer-change", "--to", str(tmp_path / "out"))
    with pytest.raises(EntryRefused, match="職員番号 xx の登録はありません"):
        ask(stage, "xx", "--form", "officer-change", "--to", str(tmp_path / "out"))
    with pytest.raises(NotAllowed):
        ask(stage, *words, "--replaces", "pm2", by="ad1")
    assert not (tmp_path / "out").exists()
    ask(stage, *words, "--replaces", "pm2", reason="")
    told = text_of(tmp_path / "out")
    assert "変更の理由未記入" in told and "pm1" not in told


def test_the_report_of_staff_has_everybody_but_who_left(stage: Stage, tmp_path: Path) -> None:
    come(stage, "op9", Role.OPERATOR, NAME, date(2024, 2, 1))
    come(stage, "ct1", Role.CITY_VIEWER, "市役 職員", date(2024, 1, 25))
    out = tmp_path / "out"
    ask(stage, "--form", "staff-list", "--to", str(out))
    told = text_of(out)
    for word in (NAME.replace(" ", ""), "op9", "pm1", "cp1", "人数6人", "令和6年1月25日（木）"):
        assert word in told, word
    assert "ct1" not in told and "市役" not in told
    say(
        stage, "people", "paper", "pm1", "--form", "staff-list", "--to", str(out),
        expected=ExitCode.USAGE,
    )  # fmt: skip


def test_a_change_of_staff_is_reported_with_old_and_new(stage: Stage, tmp_path: Path) -> None:
    """別紙2-3-4, beforehand: who was what, who is what, why, from when; the log's size and root stand on it."""
    come(stage, "op9", Role.OPERATOR, NAME, date(2024, 2, 1))
    ask(stage, "op9", "--form", "staff-change", "--to", str(tmp_path / "new"))
    told = text_of(tmp_path / "new")
    for word in (
        "従業者変更報告書",
        NAME.replace(" ", ""),
        "変更予定日令和6年2月1日（木）",
        REASON,
        "該当なし",
        "所属",
    ):
        assert word in told, word
    assert "記録照合番号：未記入" not in told
    stage.now += timedelta(days=1)
    key = load_or_create_name_key(stage.home, holds_names=True)
    change(stage.engine, key, stage.actor("pm1"), "op9", 1, ends_on=date(2024, 2, 20))
    change(stage.engine, key, stage.actor("pm1"), "op9", 2, affiliation="架空派遣")
    ask(stage, "op9", "--form", "staff-change", "--to", str(tmp_path / "affiliated"))
    assert "所属未記入架空派遣" in text_of(tmp_path / "affiliated")
    change(stage.engine, key, stage.actor("pm1"), "op9", 3, ends_on=date(2024, 2, 21))
    ask(stage, "op9", "--form", "staff-change", "--to", str(tmp_path / "leaves"))
    told = text_of(tmp_path / "leaves")
    assert "変更予定日令和6年2月21日（水）" in told
    assert "従事の終了日令和6年2月20日令和6年2月21日" in told, "before and after"
    with pytest.raises(EntryRefused, match="の登録はありません"):
        ask(stage, "xx", "--form", "staff-change", "--to", str(tmp_path / "no"))


def test_the_list_of_pledges_names_everybody_and_counts_who_has_none(
    stage: Stage, tmp_path: Path
) -> None:
    come(stage, "op9", Role.OPERATOR, NAME, date(2024, 2, 1))
    ask(stage, "--form", "pledges", "--to", str(tmp_path / "out"))
    told = text_of(tmp_path / "out")
    assert "人数6人（うち誓約の記録のない者1人）" in told
    for word in (
        "誓約書台帳",
        "氏名",
        "所属",
        "雇用形態",
        "署名日",
        NAME.replace(" ", ""),
        "令和5年11月13日",
    ):
        assert word in told, word


def test_a_paper_about_people_is_in_the_register_and_its_copy_lies_sealed(
    stage: Stage, tmp_path: Path
) -> None:
    come(stage, "op9", Role.OPERATOR, NAME, date(2024, 2, 1))
    out, medium = tmp_path / "out", tmp_path / "medium"
    ask(stage, "--form", "staff-list", "--to", str(out))
    ask(stage, "op9", "--form", "staff-change", "--to", str(out))
    first, second = (edition_of(stage.engine, "people", f"P-000{n}") for n in (1, 2))
    assert first.checkpoint and not first.counts_as_delivered
    assert NAME not in first.data_json and "op9" in second.data_json
    (copy,) = (stage.home.outbox / "people" / "P-0001").iterdir()
    assert copy.name == "従業者報告書_P-0001.pdf.sealed" and b"%PDF" not in copy.read_bytes()
    with pytest.raises(EntryRefused, match="従業者の台帳を扱う人"):
        open_paper(stage.engine, stage.home, "people", "P-0001")
    with pytest.raises(NotAllowed):
        say(stage, "papers", "open", "people", "P-0001", "--to", str(medium), by="sv1")
    assert not medium.exists()
    say(stage, "papers", "confirm", "people", "P-0001", by="mg1")
    with pytest.raises(NotAllowed):
        say(stage, "papers", "deliver", "people", "P-0001", "--to", str(medium), by="sv1")
    say(stage, "papers", "deliver", "people", "P-0001", "--to", str(medium), by="mg1")
    (page,) = (medium / "people" / "P-0001").glob("*.pdf")
    (made,) = out.glob("従業者報告書*.pdf")
    assert page.read_bytes() == made.read_bytes()
    say(stage, "papers", "received", "people", "P-0001", "--on", "2024-01-25", by="mg1")
    assert state_of(stage.engine, edition_of(stage.engine, "people", "P-0001")).value == "received"
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    shelf = outbox_of(stage.engine, stage.home, stage.now)
    (touched,) = restore(PEOPLE_PAPERS, first, shelf)
    assert not touched.is_restored


def test_the_desk_shows_such_a_paper_without_a_file(stage: Stage, tmp_path: Path) -> None:
    ask(stage, "--form", "pledges", "--to", str(tmp_path / "out"))
    settings = read_settings(None, stage.home.root, environment={})
    shelf = shelf_of(settings, stage.home, stage.engine, lambda: stage.now)
    (shown,) = shelf.editions("people", "P-0001")
    assert (shown.title, list(shelf.files(shown))) == ("誓約書台帳", [])


def test_two_papers_at_one_moment_are_two_numbers(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number is counted while the home is taken: nobody else counts meanwhile."""
    seen = []

    def kept(*given: object) -> str:
        with pytest.raises(HomeBusy), run_lock(stage.home):
            pass
        seen.append(given)
        return kept_paper(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(people_papers, "kept_paper", kept)
    for folder in ("a", "b"):
        ask(stage, "--form", "pledges", "--to", str(tmp_path / folder))
    assert len(seen) == 2
    assert [edition_of(stage.engine, "people", f"P-000{n}").edition for n in (1, 2)] == [1, 1]


def test_a_copy_that_was_touched_is_told_before_anybody_confirms_it(
    stage: Stage, tmp_path: Path
) -> None:
    """A file that is never made anew has no draft that a run would mend."""
    ask(stage, "--form", "pledges", "--to", str(tmp_path / "out"))
    (copy,) = (stage.home.outbox / "people" / "P-0001").iterdir()
    copy.unlink()
    settings = read_settings(None, stage.home.root, environment={})
    with open_workplace(settings, as_of=stage.now) as workplace:
        look_after_papers(workplace)
        (told,) = workplace.journal.touched
    assert (told.kind, told.name, told.is_restored) == ("people", copy.name, False)
