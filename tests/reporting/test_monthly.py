"""The two monthly papers: due on the first business day, counts that add up, blanks where nobody wrote anything (9(2))."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import delete, insert, select

from compliance.audit.activity import LoggedAct, acts_until
from compliance.audit.log import AuditLog
from compliance.contract.annex import Annex
from compliance.contract.terms import Contract
from compliance.deliverables.edition import Deliverable, DeliverableFile
from compliance.deliverables.handed_over import record_delivery, record_receipt
from compliance.deliverables.register import confirm, record_deliverable
from compliance.ground.acts import Action, Entry, ObjectKind, Purpose, Result, audit_outbox, note
from compliance.ground.japan import TOKYO
from compliance.inquiries.entering import enter
from compliance.inquiries.form import load_form
from compliance.keys.keyring import Keyring
from compliance.keys.names import load_or_create_name_key
from compliance.people.person import Employment, Particulars
from compliance.people.register import enter as enter_person
from compliance.people.rights import Role
from compliance.registers.handling import (
    AREAS,
    AUDITS,
    DEVICES,
    ENTRIES,
    HANDLING,
    INCIDENTS,
    LOG_REVIEWS,
    RULES,
)
from compliance.vault.catalogue import recordings
from compliance.vault.media import register_medium
from reporting.completion.kind import COMPLETION
from reporting.paper.kind import PaperKind
from reporting.paper.tables import BLANK, Table, corrections_between, render_xlsx, texts
from reporting.personal_information.agreement import Compared, by_kind, mismatches
from reporting.personal_information.holdings import CALL, INQUIRY, TITLES, holdings
from reporting.personal_information.kind import PERSONAL_INFORMATION
from tests.support.complaint_desk import CASE
from tests.support.month_office import Office, contract, months, office

__all__ = ["contract", "office"]


FIRST, AFTER = datetime(2023, 12, 1, tzinfo=TOKYO), datetime(2024, 1, 1, tzinfo=TOKYO)
PRINTED = datetime(2024, 1, 4, 6, tzinfo=TOKYO)


def test_they_are_due_on_the_first_business_day_of_the_next_month(contract: Contract) -> None:
    due = [(one.key, one.due_date.isoformat()) for one in months(contract)]
    assert due == [
        ("2023-11", "2023-12-01"), ("2023-12", "2024-01-04"), ("2024-01", "2024-02-01"), ("2024-02", "2024-03-01"),
    ]  # fmt: skip


# ---- counting


def act(action: str, object_id: str, at: datetime) -> LoggedAct:
    return LoggedAct(at, "system", action, "recording", object_id, "done", "command")


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.integers(0, 8)), max_size=40))
def test_month_end_is_month_start_and_what_came_less_what_went(
    told: list[tuple[int, bool, int]],
) -> None:
    """Whatever order and repetition: the end of one month is the beginning of the next."""
    acts = [
        act("recording_sealed" if is_sealed else "recording_erased", f"r{number}", FIRST - timedelta(days=30 - day))
        for day, is_sealed, number in sorted(told)
    ]  # fmt: skip
    kinds = {f"r{number}": CALL for number in range(9)}
    (november, *_), (december, *_) = (
        holdings(acts, kinds, (), first, after)
        for first, after in ((FIRST - timedelta(days=30), FIRST), (FIRST, AFTER))
    )
    assert december.at_start == november.at_end
    assert december.at_end == december.at_start + december.added - december.erased


def test_each_kind_is_counted_in_its_own_month() -> None:
    acts = [
        act("recording_sealed", "r1", FIRST - timedelta(seconds=1)),
        act("recording_sealed", "r2", FIRST),
        act("recording_sealed", "m1", FIRST),
        act("inquiry_entered", "Q-1", FIRST),
        act("inquiry_entered", "Q-2", FIRST),
        act("recording_erased", "r1", AFTER - timedelta(seconds=1)),
        act("recording_erased", "r2", AFTER),
        act("inquiry_erased", "inquiry:Q-1", AFTER - timedelta(days=1)),
    ]
    found = {one.kind: one for one in holdings(acts, {"r1": CALL, "r2": CALL, "m1": "message"}, {"Q-1"}, FIRST, AFTER)}  # fmt: skip
    assert [(f.at_start, f.added, f.erased, f.at_end) for f in found.values()] == [
        (1, 1, 1, 1),
        (0, 1, 0, 1),
        (0, 1, 1, 0),
    ]
    assert found[INQUIRY].added == 1, "without words nothing personal is held"


# ---- the papers


def test_nothing_written_is_blank_and_never_invented(office: Office) -> None:
    paper = office.read(PERSONAL_INFORMATION)
    standards = paper.table("別表　個人情報取扱安全管理基準")
    assert [row[0] for row in standards.rows] == [f"§{n}" for n in range(1, 12)]
    assert {cell for row in standards.rows for cell in (*row[2:5], row[6])} == {BLANK}
    log = dict(paper.table("8　アクセス記録の点検").rows)
    assert log["点検日・点検者"] == BLANK
    assert paper.table("4　取扱区域").rows == ((BLANK,) * 6,)
    assert ("別紙1の未達", BLANK, "―", "別表") in paper.table("1　総括").rows


def test_registers_and_log_fill_it_and_counts_agree_with_the_catalogue(office: Office) -> None:
    office.seal("r1", "r2", at=datetime(2023, 11, 20, tzinfo=UTC))
    office.seal("r3", at=datetime(2023, 12, 5, tzinfo=UTC))
    office.seal("m1", at=datetime(2023, 12, 5, tzinfo=UTC), kind="message")
    enter(
        office.engine, Keyring.open(office.home), load_form(), office.actor, [CASE], oversees=True
    )
    office.note(AREAS, name="応対室", place="3階", kind="work", starts_on="2023-11-13")
    office.note(AUDITS, on="2023-12-11", kind="self", section="7", result="unmet", done="未整備", due_on="2024-01-10")  # fmt: skip
    office.note(INCIDENTS, kind="personal", found_at="2023-12-12T10:00:00+09:00", content="誤送付", persons="1", place="応対室", situation="宛先の誤り")  # fmt: skip
    office.note(LOG_REVIEWS, month="2023-12", reviewed_on="2024-01-04", reviewed_by="pm1", is_suspicious="no")  # fmt: skip
    paper = office.read(PERSONAL_INFORMATION)
    held = paper.table("2　保有状況")
    assert held.rows == (
        ("通話録音", "2", "1", "0", "3", "一致"),
        ("預かりメッセージ（録音）", "0", "1", "0", "1", "一致"),
        ("対応記録（言葉）", "0", "1", "0", "1", "一致"),
    )
    summary = {row[0]: row[1:3] for row in paper.table("1　総括").rows}
    assert summary["漏えい等の事故"] == ("有", "1件")
    assert summary["別紙1の未達"] == ("有", "1件")
    assert paper.table("4　取扱区域").rows[0][:3] == ("応対室", "3階", "事務の区域")
    assert dict(paper.table("8　アクセス記録の点検").rows)["異常の有無"] == "無"
    standards = {row[0]: row for row in paper.table("別表　個人情報取扱安全管理基準").rows}
    assert standards["§7"][2:5] == ("×", "未整備", BLANK)
    assert standards["§7"][6] == "令和6年1月10日"
    with office.engine.begin() as connection:
        connection.execute(delete(recordings).where(recordings.c.recording_id == "r3"))
    assert office.read(PERSONAL_INFORMATION).table("2　保有状況").rows[0][5] == "不一致（-1）"


STORED = {"r1": Compared(CALL, FIRST), "r2": Compared(CALL, FIRST), "Q-1": Compared(INQUIRY, FIRST)}
SAID = [
    act("recording_sealed", "r1", FIRST),
    act("recording_sealed", "r2", FIRST),
    act("inquiry_entered", "Q-1", FIRST),
]


@pytest.mark.parametrize(
    ("acts", "kept", "told"),
    [
        (SAID, STORED, []),
        (SAID[1:], STORED, [("通話録音", +1, "r1", "保管開始の記録がありません")]),
        (SAID[:2], STORED, [("対応記録（言葉）", +1, "Q-1", "保管開始の記録がありません")]),
        (SAID, {**STORED, "r1": Compared("message", None)}, [("預かりメッセージ（録音）", -1, "r1", "目録・対応記録にありません")]),
        (SAID, {"r2": STORED["r2"], "Q-1": STORED["Q-1"]}, [("通話録音", -1, "r1", "目録・対応記録にありません")]),
        (SAID, {**STORED, "r9": Compared(CALL, AFTER)}, []),
        ([*SAID, act("recording_sealed", "r9", AFTER)], STORED, []),
        ([*SAID, act("recording_erased", "r1", FIRST)], STORED, [("通話録音", +1, "r1", "目録では保管中")]),
        ([*SAID, act("recording_erased", "r1", FIRST)], {**STORED, "r1": Compared(CALL, FIRST, True)}, []),
        ([*SAID, act("recording_erased", "r1", AFTER)], STORED, []),
        (SAID[1:], {"r1": STORED["r1"], "Q-1": STORED["Q-1"]}, [
            ("通話録音", +1, "r1", "保管開始の記録がありません"), ("通話録音", -1, "r2", "目録・対応記録にありません")]),
    ],
)  # fmt: skip
def test_what_only_the_log_or_only_the_stores_know_is_named(
    acts: list[LoggedAct], kept: dict[str, Compared], told: list[tuple[str, int, str, str]]
) -> None:
    found = mismatches(acts, kept, AFTER)
    assert [(m.item, m.difference, m.object_id) for m in sorted(found, key=lambda m: m.object_id)] == [t[:3] for t in told]  # fmt: skip
    assert all(t[3] in m.what and m.remedy for m, t in zip(sorted(found, key=lambda m: m.object_id), told, strict=True))  # fmt: skip
    said = by_kind(found)
    for kind, title in TITLES.items():
        own = [t[1] for t in told if t[0] == title]
        assert said[kind] == (f"不一致（{sum(own):+}）" if own else "一致")


def test_what_was_noted_after_the_due_day_is_of_the_next_month(office: Office) -> None:
    before = office.read(PERSONAL_INFORMATION)
    office.actor = replace(office.actor, at=datetime(2024, 1, 5, tzinfo=UTC))
    office.note(AREAS, name="応対室", place="3階", kind="work", starts_on="2023-11-13")
    assert office.read(PERSONAL_INFORMATION).table("4　取扱区域") == before.table("4　取扱区域")
    later = office.read(PERSONAL_INFORMATION, "2024-01")
    assert later.table("4　取扱区域").rows[0][0] == "応対室"


def test_whoever_came_later_is_on_no_earlier_paper(office: Office) -> None:
    """A paper that is read again in a later month says what stood when it was due."""
    key = load_or_create_name_key(office.home, holds_names=False)
    given = Particulars(
        frozenset({Role.OPERATOR}), Employment.REGULAR, date(2023, 11, 13), date(2023, 11, 13)
    )
    before = office.read(PERSONAL_INFORMATION)
    later = replace(office.actor, at=datetime(2024, 1, 10, tzinfo=UTC))
    enter_person(office.engine, key, later, "op9", "見本 九", given)
    (office.home.root.parent / "z").mkdir()
    register_medium(office.engine, later, "media-z", "Z-1", "保管庫", office.home.root.parent / "z")
    assert office.read(PERSONAL_INFORMATION) == before
    january = office.read(PERSONAL_INFORMATION, "2024-01")
    assert any("op9" in row[2] for row in january.table("3　管理体制・従業者").rows)
    assert any("media-z" in row[0] for row in january.table("2の2　媒体・機器と保管場所").rows)


def test_an_act_that_a_cut_off_drain_left_twice_is_counted_once(office: Office) -> None:
    office.note(AREAS, name="応対室", place="3階", kind="work", starts_on="2023-11-13")
    with office.engine.begin() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(audit_outbox))]
    AuditLog(office.home).drain(office.engine)
    with office.engine.begin() as connection:
        connection.execute(insert(audit_outbox), rows)
    acts = list(acts_until(office.home, office.engine, AFTER))
    assert len(acts) == len(rows) == 1


def test_a_correction_names_the_row_that_moved(office: Office) -> None:
    before = office.read(PERSONAL_INFORMATION)
    office.note(LOG_REVIEWS, month="2023-12", reviewed_on="2024-01-04", reviewed_by="pm1", is_suspicious="no")  # fmt: skip
    moved = corrections_between(before, office.read(PERSONAL_INFORMATION))
    assert ("8　アクセス記録の点検　点検日・点検者", BLANK, "令和6年1月4日　pm1") in [
        (c.item, c.before, c.after) for c in moved
    ]
    assert corrections_between(before, before) == ()


def test_the_completion_lists_every_paper_of_the_month(office: Office) -> None:
    made = Deliverable(
        "weekly", "2023-11-27", 1, date(2023, 12, 4), "0" * 64, "{}", datetime(2023, 12, 3, 21, tzinfo=UTC)
    )  # fmt: skip
    record_deliverable(office.engine, made, [DeliverableFile("a.pdf", "0" * 64, 1)])
    paper = office.read(COMPLETION)
    assert dict(paper.facts)["完了年月日"] == "令和5年12月28日（木）"
    assert dict(paper.facts)["契約金額・月額"] == BLANK
    rows = paper.table("成果品一覧").rows
    assert rows[0] == ("週次集計結果", "第2週", "第1版　12月4日（月）作成")
    assert [row[1] for row in rows if row[0] == "週次集計結果"] == [f"第{n}週" for n in range(2, 7)]
    assert rows[-1][2] == "1月4日（木）までに提出"
    assert not [row for row in rows if "苦情" in row[0]], "nobody complained"


@pytest.mark.parametrize("kind", [PERSONAL_INFORMATION, COMPLETION])
def test_both_forms_are_printed_alike_each_time(office: Office, kind: PaperKind[Any]) -> None:
    value = office.read(kind)
    assert kind.from_json(kind.to_json(value)) == value
    for form in ("pdf", "xlsx"):
        assert kind.render(form, value, PRINTED) == kind.render(form, value, PRINTED)
    book = load_workbook(io.BytesIO(kind.render("xlsx", value, PRINTED)))
    printed = {
        text
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        for text in (
            str(cell.value),
            f"{cell.value:,}{unit_of(cell)}" if isinstance(cell.value, int) else "",
        )
    }
    for table in texts(value, PRINTED)["tables"]:
        assert {cell for row in table["rows"] for cell in row if cell} <= printed


def unit_of(cell: Any) -> str:
    """件 of a number that is shown with it."""
    return str(cell.number_format).partition('"')[2].rstrip('"')


def test_counts_in_the_workbook_are_numbers(office: Office) -> None:
    office.seal(*(f"r{n}" for n in range(12)), at=datetime(2023, 12, 5, tzinfo=UTC))
    value = office.read(PERSONAL_INFORMATION)
    book = load_workbook(io.BytesIO(PERSONAL_INFORMATION.render("xlsx", value, PRINTED)))
    held = {row[0].value: row for row in book["2　保有状況"].iter_rows()}
    assert [cell.value for cell in held["通話録音"][1:5]] == [0, 12, 0, 12]
    summary = {row[0].value: row for row in book["1　総括"].iter_rows()}
    assert (summary["漏えい等の事故"][2].value, unit_of(summary["漏えい等の事故"][2])) == (0, "件")


def test_a_number_that_names_somebody_stays_text(office: Office) -> None:
    value = office.read(PERSONAL_INFORMATION)
    named = Table("名", ("項目", "職員番号", "人数"), (("者", "101", "1人"),))
    book = load_workbook(io.BytesIO(render_xlsx(replace(value, tables=(named,)), PRINTED)))
    assert [cell.value for cell in book["名"][2]] == ["者", "101", 1]


PROVED = [
    (RULES, {"kind": "policy", "title": "方針", "edition": "1", "made_on": "2023-11-01"}),
    (RULES, {"kind": "rules", "title": "規程", "edition": "1", "made_on": "2023-11-01"}),
    (RULES, {"kind": "isms", "title": "認証", "edition": "1", "made_on": "2023-11-01", "expires_on": "2024-03-31"}),
    (RULES, {"kind": "emergency", "title": "計画", "edition": "1", "made_on": "2023-11-01"}),
    (AREAS, {"name": "応対室", "place": "3階", "kind": "work", "starts_on": "2023-11-13"}),
    (ENTRIES, {"area": "応対室", "entered_at": "2023-12-04T10:00:00+09:00", "by": "op1"}),
    (DEVICES, {"name": "サーバ", "kind": "server", "serial": "S1", "place": "奥", "is_encrypted": "yes", "starts_on": "2023-11-13"}),
    (LOG_REVIEWS, {"month": "2023-12", "reviewed_on": "2024-01-04", "reviewed_by": "pm1", "is_suspicious": "no"}),
    (AUDITS, {"on": "2023-12-01", "kind": "internal", "section": "9", "result": "met", "done": "監査"}),
]  # fmt: skip
MET = {"on": "2023-12-11", "kind": "self", "result": "met", "done": "確認"}


@pytest.mark.parametrize(
    ("section", "left_out", "changed", "judged"),
    [
        ("1", [], None, "○"), ("1", [1], None, "未記入"), ("4", [], None, "○"), ("4", [5], None, "未記入"), ("5", [], None, "○"),
        ("5", [7], None, "未記入"), ("5", [], (6, {"is_encrypted": "no"}), "×"), ("6", [3], None, "未記入"), ("9", [8], None, "未記入"),
        ("9", [], None, "○"), ("11", [], None, "○"), ("11", [2], None, "未記入"), ("11", [], (2, {"expires_on": "2023-12-30"}), "×"),
        ("8", [], None, "○"), ("2", [], None, "×"),
    ],
)  # fmt: skip
def test_a_circle_stands_only_where_a_register_proves_it(
    office: Office, section: str, left_out: list[int], changed: Any, judged: str
) -> None:
    """別表 against the registers: nothing there is 未記入, what speaks against it is ×; §2 has no officers here."""
    for at, (register, values) in enumerate(PROVED):
        if at not in left_out:
            office.note(register, **values | (changed[1] if changed and changed[0] == at else {}))
    office.note(AUDITS, section=section, **MET)
    paper = office.read(PERSONAL_INFORMATION)
    row = next(
        r for r in paper.table("別表　個人情報取扱安全管理基準").rows if r[0] == f"§{section}"
    )
    assert row[2] == judged, row
    summary = {one[0]: one[2] for one in paper.table("1　総括").rows}
    assert summary["別紙1の未達"] == f"{int(judged == '×')}件"
    assert summary["別紙1の裏付け未記入"] == f"{int(judged == '未記入')}件"


def under_annex(office: Office, **annex: Any) -> None:
    words = office.contract.words.model_copy(update={"annex": Annex.model_validate(annex)})
    office.contract = office.contract.model_copy(update={"words": words})


def test_standards_are_the_contract_s(office: Office) -> None:
    """Other numbers and titles, each proved by what the contract names; one that nothing proves stands as somebody found it."""
    under_annex(
        office,
        title="遵守事項",
        standards=[
            {"number": "A", "title": "機器の点検", "proof": "devices"},
            {"number": "B", "title": "目的外の利用をしない"},
        ],
    )
    for register, values in PROVED:
        office.note(register, **values)
    for section in "AB":
        office.note(AUDITS, section=section, **MET)
    paper = office.read(PERSONAL_INFORMATION)
    table = paper.table("別表　遵守事項")
    assert [row[:3] for row in table.rows] == [
        ("§A", "機器の点検", "○"),
        ("§B", "目的外の利用をしない", "○"),
    ]
    assert table.rows[0][5].startswith("機器 1件")
    looked_at = [row[2] for row in paper.table("11　点検・監査").rows]
    assert sorted(looked_at) == ["9", "A　機器の点検", "B　目的外の利用をしない"]
    summary = {one[0]: one[2] for one in paper.table("1　総括").rows}
    assert summary["別紙1の未達"] == "0件"


def test_a_contract_without_standards_has_no_annex(office: Office) -> None:
    under_annex(office)
    office.note(AUDITS, section="鍵の管理", **MET)
    paper = office.read(PERSONAL_INFORMATION)
    assert not [table.title for table in paper.tables if table.title.startswith("別表")]
    assert not [row[0] for row in paper.table("1　総括").rows if "未達" in row[0] or "裏付け" in row[0]]  # fmt: skip
    assert [row[2] for row in paper.table("11　点検・監査").rows] == ["鍵の管理"]


def test_papers_that_left_are_counted_by_their_own_register(office: Office) -> None:
    handed_over(office, "2023-11-27", datetime(2023, 12, 3, 21, tzinfo=UTC))
    handed_over(office, "2023-12-25", datetime(2024, 1, 2, 21, tzinfo=UTC))
    moved = office.read(PERSONAL_INFORMATION).table("7　受渡し・持出し・複写")
    assert [row[:5] for row in moved.rows] == [("令和5年12月4日", "市へ", "作成した書類", "1件", "medium-1")]  # fmt: skip


def test_two_destinations_of_one_day_are_one_row_that_counts_both(office: Office) -> None:
    made = handed_over(office, "2023-11-27", datetime(2023, 12, 3, 21, tzinfo=UTC))
    by = replace(office.actor, at=datetime(2023, 12, 4, 3, tzinfo=UTC))
    record_delivery(office.engine, by, made, "city-sftp", "0" * 64)
    (row,) = office.read(PERSONAL_INFORMATION).table("7　受渡し・持出し・複写").rows
    assert row[3:5] == ("2件", "city-sftp 1件、medium-1 1件")


def test_what_was_heard_is_told_by_kind_and_reason(office: Office) -> None:
    at = datetime(2023, 12, 5, 1, tzinfo=UTC)
    office.seal("r1", at=at)
    office.seal("m1", at=at, kind="message")
    with office.engine.begin() as connection:
        for heard, purpose in (
            ("r1", Purpose.COMPLAINT),
            ("r1", Purpose.QUALITY),
            ("m1", Purpose.MESSAGE),
        ):
            entry = Entry(
                at, "sv1", Action.RECORDING_HEARD, ObjectKind.RECORDING, heard, purpose=purpose
            )
            note(connection, entry)
        refused = Entry(
            at, "op1", Action.PAPER_OPENED, ObjectKind.DELIVERABLE, "x", result=Result.REFUSED
        )
        note(connection, refused)
    log = dict(office.read(PERSONAL_INFORMATION).table("8　アクセス記録の点検").rows)
    assert log["言葉を含む書類を開いた"] == "0件", "what was refused was not opened"
    assert log["通話録音の聴取"] == "2件（苦情の確認 1件、応対の確認 1件）"
    assert log["伝言の聴取"] == "1件（伝言の書き起こし 1件）"


def test_every_register_of_handling_names_its_clause_and_its_identity() -> None:
    for register in HANDLING:
        assert register.clause and register.identity and not register.words
        names = {one.name for one in register.fields}
        assert set(register.identity) <= names


def handed_over(office: Office, month: str, made_at: datetime) -> Deliverable:
    made = Deliverable("weekly", month, 1, date(2023, 12, 4), "0" * 64, "{}", made_at)
    record_deliverable(office.engine, made, [DeliverableFile("a.pdf", "0" * 64, 1)])
    confirm(office.engine, replace(office.actor, at=made_at + timedelta(hours=1)), made)
    by = replace(office.actor, at=made_at + timedelta(hours=2))
    record_delivery(office.engine, by, made, "medium-1", "0" * 64)
    return made


def test_a_paper_of_the_month_says_how_far_it_was_when_the_month_s_was_due(office: Office) -> None:
    made = handed_over(office, "2023-11-27", datetime(2023, 12, 3, 21, tzinfo=UTC))
    late = handed_over(office, "2023-12-04", datetime(2023, 12, 10, 21, tzinfo=UTC))
    received = replace(office.actor, at=datetime(2024, 1, 9, tzinfo=UTC))
    record_receipt(office.engine, received, made, date(2023, 12, 5), "受-1")
    record_receipt(office.engine, received, late, date(2024, 1, 9), "受-2")
    rows = office.read(COMPLETION).table("成果品一覧").rows
    assert rows[0] == ("週次集計結果", "第2週", "第1版　12月4日（月）作成・12月4日（月）提出・12月5日（火）受領")  # fmt: skip
    assert rows[1][2] == "第1版　12月11日（月）作成・12月11日（月）提出", (
        "received after the due day"
    )


def test_a_week_of_two_months_is_owed_of_both(office: Office) -> None:
    weeks = {
        month: [row[1] for row in office.read(COMPLETION, month).table("成果品一覧").rows if row[0] == "週次集計結果"]
        for month in ("2023-11", "2023-12", "2024-01", "2024-02")
    }  # fmt: skip
    assert weeks["2023-11"] == ["第1週", "第2週"]
    assert weeks["2024-01"] == [f"第{n}週" for n in range(7, 12)], "1/4 is its first open day"
    assert weeks["2024-02"] == [f"第{n}週" for n in range(11, 16)]
    others = office.read(COMPLETION).table("併せて提出する書類").rows
    assert others == (("個人情報取扱状況報告書", "令和5年12月分", "本書と併せて提出"),)


def test_the_term_of_the_work_begins_on_the_day_of_the_contract(office: Office) -> None:
    assert dict(office.read(COMPLETION).facts)["履行期間"] == f"{BLANK}（契約日）から令和6年2月29日まで"  # fmt: skip
    period = office.contract.period.model_copy(update={"contract_date": date(2023, 11, 1)})
    office.contract = office.contract.model_copy(update={"period": period})
    facts = dict(office.read(COMPLETION).facts)
    assert facts["履行期間"] == "令和5年11月1日から令和6年2月29日まで"
    assert facts["開設期間"] == "令和5年11月20日から令和6年2月29日まで"
