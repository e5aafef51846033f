"""Papers of a contract that names no clause say none, and no city of another; those of the shipped one say what they always said."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from application.home.settings import load_settings
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due import periods
from compliance.contract.terms import Contract
from compliance.contract.words import IN_HEADS, ContractWords, shipped_words
from compliance.erasure.case_file import METHOD_JA
from compliance.erasure.certificate import collect
from compliance.erasure.conditions import Obstacle
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from compliance.ground.operations import open_operations
from compliance.people.person import Employment
from compliance.people.rights import Role
from compliance.people.standing import Person
from compliance.registers.description import Filing, Register
from compliance.registers.entries import KeptEntry, entries
from compliance.registers.known import REGISTERS
from reporting.completion.kind import COMPLETION
from reporting.cover.letter import Enclosed, EnclosedFile, letter
from reporting.erasure import application, certificate, returning
from reporting.erasure.application import Application, Line
from reporting.erasure.kind import kept_as
from reporting.erasure.returning import Return
from reporting.kinds import KINDS
from reporting.paper.filing import entry_filing, list_filing
from reporting.paper.head import Head, head_of, head_to_client, shipped_titles, titles_of
from reporting.paper.kind import PaperKind, Reading
from reporting.paper.people_form import Named, officer_change, pledges, staff_change, staff_list
from reporting.paper.tables import TablePaper
from reporting.personal_information.kind import PERSONAL_INFORMATION
from reporting.voices.value import CityWords, Voice, VoicesReport
from reporting.weekly.kind import WEEKLY
from reporting.weekly.pdf import paper as texts
from tests.compliance.erasure.stage import Stage, certified, set_up
from tests.homes import ROOT, HomeOnTrial
from tests.reporting.reports import report
from tests.support.clauses import CITED
from tests.support.complaint_desk import CASE, OTHER, Desk

PRINTED = datetime(2024, 6, 10, 6, tzinfo=TOKYO)
DAY = date(2024, 5, 20)
MORE = """
[[deliverables]]
kind = "personal_information"
title = "個人情報取扱状況報告書"
due = { after = "month", day = 10 }
made_at = 06:00:00
recipient = "白瀬川市長"
formats = ["pdf", "xlsx"]
"""
"""What the contract as shipped does not owe and may."""
ITS_STANDARDS = """
[annex]
title = "遵守事項"
standards = [{ number = "A", title = "機器の点検", proof = "devices" }]
"""
"""No clause, and standards of its own."""
OWN_ANNEXES = {"別紙1", "別紙2"}
"""The certificate's own second and third page."""


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The general centre's contract with more papers, every clause blank."""
    folder = tmp_path_factory.mktemp("contract")
    for path in (ROOT / "contracts/general-centre").glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    with (folder / "contract.toml").open("a", encoding="utf-8") as terms:
        terms.write(MORE)
    (folder / "words.toml").write_text(ITS_STANDARDS, "utf-8")
    return load_settings(folder, {}).contract


@pytest.fixture(scope="module")
def shipped() -> Contract:
    return load_settings(ROOT / "contracts/sapporo-2023", {}).contract


def pdf_text(content: bytes) -> str:
    return "".join(
        "".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages
    )


def cells(content: bytes) -> str:
    book = load_workbook(io.BytesIO(content))
    found = [str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row]
    return "\n".join([*book.sheetnames, *found])


def printed(kind: PaperKind[Any], value: Any) -> dict[str, str]:
    """What each form of a paper says."""
    return {
        "pdf": pdf_text(kind.render("pdf", value, PRINTED)),
        "xlsx": cells(kind.render("xlsx", value, PRINTED)),
    }


def says_nothing_of_another(told: dict[str, str], head: Head) -> None:
    for form, text in told.items():
        assert head.recipient in text or head.title in text, form
        assert CITED.findall(text) == [], form


# ---- another contract, every kind of paper


def test_the_weekly_paper(other: Contract) -> None:
    head = head_to_client(other, "週次集計結果")
    made = report()
    made = replace(
        made,
        head=head,
        titles=titles_of(other, "voices", "complaints"),
        reconciliation=replace(made.reconciliation, answered_without_recording=1, talked=2),
    )
    told = printed(WEEKLY, made)
    says_nothing_of_another(told, head)
    assert "この書類には記しません" in texts(made, PRINTED)["opinions_elsewhere"]
    assert "市民の声" not in told["pdf"]


def test_the_voices(other: Contract) -> None:
    head = head_to_client(other, "市民の声")
    at = PRINTED
    voice = Voice(
        "Q-1", "1-1", 1, at, "ごみ", "意見", "なし", "完了", True, recordings=0, summary="要望。"
    )
    told = CityWords("W-1", 1, "1-1", at, "報告", "op1", "Q-1", "ごみ", "広聴課", "確認する")
    value = VoicesReport(
        head, 1, DAY, DAY, DAY, (voice,), (voice,), (told,), titles=titles_of(other, "weekly")
    )
    found = printed(KINDS["voices"], value)
    says_nothing_of_another(found, head)
    assert "預かりメッセージ、主な意見・要望、引継ぎの言葉を記します。" in found["pdf"]
    assert "週次集計結果" not in found["pdf"] and "日次報告書" not in found["pdf"]
    shipped = printed(
        KINDS["voices"], replace(value, titles=shipped_titles("weekly", "complaints"))
    )
    assert "週次集計結果の「7主な意見・要望」「9預かりメッセージ」" in shipped["pdf"]
    assert "2主な意見・要望（クレームは日次報告書による）" in shipped["pdf"]


def test_the_complaints(other: Contract, shipped: Contract, tmp_path: Path) -> None:
    owed = shipped.deliverable("complaints").model_copy(
        update={"recipient": other.parties.client_section}
    )
    contract = shipped.model_copy(
        update={"parties": other.parties, "words": other.words, "deliverables": (owed,)}
    )
    home = Home.at(tmp_path / "home")
    home.create()
    engine = open_operations(home.operations_url)
    desk = Desk(home, engine, contract, datetime(2024, 1, 4, 6, tzinfo=TOKYO))
    desk.enter(CASE, OTHER)
    desk.issue()
    told = {"pdf": pdf_text(desk.opened()["pdf"]), "xlsx": desk.cells()}
    assert "委託者記入欄" in told["pdf"]
    says_nothing_of_another(told, head_of(contract, "complaints"))


def read(contract: Contract, kind: PaperKind[Any], folder: Path) -> TablePaper:
    home = Home.at(folder / "home")
    home.create()
    engine = open_operations(home.operations_url)
    due = contract.deliverable(kind.kind).due
    period = next(p for p in periods(BusinessCalendar(contract), due) if p.first_day.month == 5)
    value = kind.read(
        Reading(
            connection=None,  # type: ignore[arg-type]
            contract=contract,
            period=period,
            counted_until=period.last_day,
            problems=[],
            verdicts=list,
            inquiries=list,
            entries=lambda register, until: entries(engine, register, until=until),
            made_at=datetime.combine(period.due_date, datetime.min.time(), TOKYO),
            engine=engine,
            home=home,
        )
    )
    assert isinstance(value, TablePaper)
    return value


@pytest.mark.parametrize("kind", [PERSONAL_INFORMATION, COMPLETION], ids=lambda one: one.kind)
def test_the_monthly_papers(other: Contract, tmp_path: Path, kind: PaperKind[Any]) -> None:
    paper = read(other, kind, tmp_path)
    told = printed(kind, paper)
    says_nothing_of_another(told, paper.head)
    if kind is PERSONAL_INFORMATION:
        assert "基準の未達" in told["pdf"] and "基準の裏付け未記入" in told["xlsx"]


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
def test_the_figures(other: Contract, finished_home: HomeOnTrial, shipped: Contract, unit: str) -> None:  # fmt: skip
    owed = other.deliverable("figures_month").model_copy(update={"kind": f"figures_{unit}"})
    contract = shipped.model_copy(
        update={"parties": other.parties, "words": other.words, "deliverables": (owed,)}
    )
    with duckdb.connect(str(finished_home.path / "warehouse.duckdb"), read_only=True) as connection:
        kind = KINDS[f"figures_{unit}"]
        due = contract.due_of(f"figures_{unit}", kind.unit)
        period = next(iter(periods(BusinessCalendar(contract), due)))
        given: Any = type(
            "Given",
            (),
            {
                "connection": connection,
                "contract": contract,
                "period": period,
                "counted_until": date(2023, 12, 24),
            },
        )()
        paper = kind.read(given)
    says_nothing_of_another(printed(kind, paper), paper.head)


def kept(register: Register) -> KeptEntry:
    values = {one.name: _typed(one) for one in register.fields}
    return KeptEntry(
        register.name, "W-20240520-0001", 1, "", values, PRINTED, "pm1", has_words=False
    )


def _typed(field: Any) -> str:
    if field.choices:
        return next(iter(field.choices))
    return {
        "day": "2024-05-20", "moment": "2024-05-20T10:00:00+09:00", "number": "3", "staff": "pm1"
    }.get(field.kind.value, "架空の記載")  # fmt: skip


def filings() -> Iterator[tuple[Register, Filing]]:
    for register in REGISTERS.values():
        for filing in register.filings:
            yield register, filing


def filed(contract: Contract, register: Register, filing: Filing) -> TablePaper:
    if filing.is_list:
        return list_filing(contract, register, filing, [kept(register)], DAY)
    return entry_filing(contract, register, filing, kept(register))


@pytest.mark.parametrize(("register", "filing"), list(filings()), ids=lambda one: getattr(one, "title", ""))  # fmt: skip
def test_filings(other: Contract, register: Register, filing: Filing) -> None:
    paper = filed(other, register, filing)
    assert "根拠" not in dict(paper.facts)
    says_nothing_of_another(printed(KINDS["filings"], paper), paper.head)


def person(staff_id: str) -> Named:
    at = Person(staff_id, 1, frozenset({Role.OFFICER}), DAY, DAY, is_reserve=True)
    return Named(at, "架空 花子", Employment.REGULAR, "架空社")


def people_papers(contract: Contract) -> list[TablePaper]:
    one, two = person("pm1"), person("pm2")
    return [
        officer_change(contract, Role.OFFICER, one, two, "異動"),
        staff_change(contract, one, two, "異動"),
        pledges(contract, [one, two], DAY),
        staff_list(contract, [one, two], DAY),
    ]


def test_papers_of_people(other: Contract) -> None:
    for paper in people_papers(other):
        assert "根拠" not in dict(paper.facts)
        says_nothing_of_another(printed(KINDS["people"], paper), paper.head)


def test_the_letter_that_goes_along(other: Contract) -> None:
    enclosed = Enclosed("業務完了届", "5月", 1, (EnclosedFile("届.pdf", "0" * 64, "1頁"),))
    paper = letter(other, [enclosed], DAY)
    says_nothing_of_another(printed(KINDS["cover"], paper), paper.head)


def applied(contract: Contract) -> Application:
    parties = contract.parties
    return Application(
        number="E-0001", applied_on=DAY, work_name=parties.work_name, recipient=parties.client,
        contractor="架空社", address="", representative="", applicant="架空（pm1）",
        lines=[Line("call", "m-a", 1, 44, DAY, DAY)], method=METHOD_JA, planned_on=DAY,
        wants_witness=False, is_contract_end=False,
        floor_days=contract.retention.recordings_online_days, copies=[], items_root="0" * 64, checkpoint="1:a",
        grounds=contract.words.grounds("application_basis"),
    )  # fmt: skip


def test_an_application_says_how_many_days_the_contract_keeps_recordings(other: Contract) -> None:
    assert (
        application.texts(applied(other))["scope"]
        == "保存日数（60日、暦日）を過ぎ、媒体へ移した録音"
    )
    longer = other.retention.model_copy(update={"recordings_online_days": 400})
    told = application.texts(applied(other.model_copy(update={"retention": longer})))["scope"]
    assert told == "保存日数（400日、暦日）を過ぎ、媒体へ移した録音"
    assert not any("60日" in one.text_ja for one in Obstacle)


def given_back(contract: Contract) -> Return:
    parties = contract.parties
    return Return(
        number="R-0001", made_on=DAY, work_name=parties.work_name, recipient=parties.client,
        contractor="架空社", made_by="架空（pm1）", count=1, size=44, first_day=DAY, last_day=DAY,
        archive="R-0001.zip", archive_sha256="0" * 64, items_root="0" * 64, checkpoint="1:a",
        grounds=contract.words.grounds("return_basis"),
    )  # fmt: skip


def test_application_and_return(other: Contract) -> None:
    head = head_to_client(other, application.TITLE)
    told = {
        "application": pdf_text(application.render(applied(other), PRINTED)),
        "return": pdf_text(returning.render(given_back(other), PRINTED)),
    }
    assert "次のとおり個人情報の消去について申請し、承諾を求めます。" in told["application"]
    assert "次のとおり返還します。" in told["return"]
    assert "に基づき" not in told["application"] + told["return"]
    says_nothing_of_another(told, head)
    kept_paper = kept_as(other, "届", (("番号", "E-0001"),), "1:a")
    says_nothing_of_another(printed(KINDS["erasure_application"], kept_paper), kept_paper.head)


def certificate_of(stage: Stage, contract: Contract) -> str:
    members = collect(stage.engine, stage.home, contract, "E-0001", stage.now)
    return pdf_text(certificate.render(members, {}, contract.words, PRINTED))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    made = set_up(tmp_path_factory.mktemp("certified"))
    case = made.apply()
    made.consent(case, consented_by="市の担当課長")
    made.authorise(case)
    made.execute(case)
    certified(made, case)
    return made


def test_the_certificate(stage: Stage, other: Contract) -> None:
    told = certificate_of(stage, other)
    assert "次のとおり消去したことを報告し、証明します。" in told
    assert "の前日まで（その後に消去）" in told and "に基づき、次の" not in told
    assert set(CITED.findall(told)) == OWN_ANNEXES


# ---- the contract as shipped says what it said before its clauses were data


FILED_ON = {
    "取扱区域変更申請書": "別紙2第4条第2項", "取扱区域報告書": "別紙2第4条第1項", "預り証": "別紙2第12条",
    "受渡書": "別紙2第12条", "複写・複製許諾申請書": "別紙2第8条", "許可申請書": "別紙1第5(1)(2)(12)",
    "再委託承諾申請書": "別紙2第7条第2項・第3項", "再委託の管理・監督状況報告書": "別紙2第7条第7項",
    "研修実施報告書": "別紙2第5条第1項", "研修計画書": "別紙2第5条第2項",
    "重要な記録の引渡し・返還・廃棄一覧": "仕様書6(3)ウ", "業務事故報告書": "仕様書11(1)",
    "事故報告書": "仕様書11(3)、別紙1第6、別紙2第16条",
}  # fmt: skip
SERVED = {
    "weekly": "仕様書6(3)エ・9(1)", "voices": "仕様書6(3)エ・6(3)カ", "complaints": "仕様書6(3)オ",
    "completion": "仕様書9(2)ア", "personal_information": "仕様書8(3)・9(2)イ・別紙1-10",
    "cover": "8(3)、9(2)、別紙1-10", "filings": "別紙1、別紙2、6(3)ウ、11", "people": "別紙1-2、別紙2-3、別紙2-6",
    "erasure_application": "別紙2-13-2", "erasure_certificate": "別紙2-13-5", "return_note": "別紙2-13-1、別紙2-12",
}  # fmt: skip


def test_filings_rest_on_what_they_rested_on(shipped: Contract) -> None:
    told = {f.title: filed(shipped, r, f).facts[0] for r, f in filings()}
    assert told == {title: ("根拠", clause) for title, clause in FILED_ON.items()}


def test_kinds_and_registers_are_served_by_a_clause_that_the_contract_has(
    shipped: Contract,
) -> None:
    words = shipped.words
    assert {name: words.clause(KINDS[name].clause) for name in SERVED} == SERVED
    assert [name for name in KINDS if not words.clause(KINDS[name].clause)] == []
    served = [name for name, one in REGISTERS.items() if not words.clause(one.clause)]
    assert served == ["outbound"], "this contract has no calls of its own to make"


def test_papers_of_an_erasure_say_the_sentences_that_they_said(
    shipped: Contract, stage: Stage
) -> None:
    assert (
        "個人情報取扱安全管理基準及び個人情報取扱特記事項（別紙2第13条第2項）に基づき、次のとおり個人情報の消去について申請し、承諾を求めます。"
        in pdf_text(application.render(applied(shipped), PRINTED))
    )
    assert "別紙2第13条第1項の指定に基づき、次のとおり返還します。" in pdf_text(
        returning.render(given_back(shipped), PRINTED)
    )
    told = certificate_of(stage, shipped)
    assert "別紙2第13条第5項に基づき、次のとおり消去したことを報告し、証明します。" in told
    assert "の前日まで（別紙1-5(6)、その後に消去）" in told


def test_the_weekly_paper_names_the_clause_of_its_recordings(shipped: Contract) -> None:
    made = replace(report(), head=head_of(shipped, "weekly"))
    for text in printed(WEEKLY, made).values():
        assert "うち音声の録音があるもの（6(3)カ）" in text


def test_what_was_kept_before_is_the_same_value_and_makes_no_new_edition(shipped: Contract) -> None:
    """A head holds the ten clauses that it held, so that no paper differs from the one in the register."""
    head = head_of(shipped, "weekly")
    assert [name for name, _ in head.clauses] == list(IN_HEADS) and len(IN_HEADS) == 10
    made = replace(report(), head=head)
    text = WEEKLY.to_json(made)
    before = re.sub(r',"(clauses|titles)":\[\[.*?\]\]', "", text)
    assert len(text) - len(before) > 300
    assert before != text and WEEKLY.from_json(before) == made
    assert WEEKLY.digest(WEEKLY.from_json(before)) == WEEKLY.digest(made)
    assert shipped_words().told() == head.clauses
    assert titles_of(shipped, "voices", "complaints") == made.titles
    assert texts(made, PRINTED)["opinions_elsewhere"] == (
        "市民の言葉を含むため、別紙「週次集計結果別紙（市民の声）」に記します。"
    )


def test_words_without_a_clause_say_nothing() -> None:
    words = ContractWords()
    assert (words.clause("weekly"), words.cited("weekly"), words.grounds("return_basis")) == (
        "",
        "",
        "",
    )
    assert words.told() == () and words.cited("") == ""
    with pytest.raises(AttributeError):
        words.clause("no_such_clause")
