"""届・申請・報告 of registers: whole by what the contract asks for, in the register of papers, nothing invented."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path

import pypdf
import pytest

from application.confirming import confirmed
from application.handing_over import edition_of, hand_over, made_papers
from application.home.session import outlook, read_settings
from application.today import brief_of, lines
from compliance.contract.due import NO_DAY
from compliance.deliverables.register import latest_editions
from compliance.errors import EntryRefused, NotAllowed
from compliance.registers.description import Register
from compliance.registers.entries import entries
from compliance.registers.known import REGISTERS
from tests.compliance.erasure.stage import Stage
from tests.support.inquiry_commands import say, stage

__all__ = ["stage"]
ASKED_FOR = {
    ("incidents", "kind=個人情報の事故"): "事故報告書：内容 件数 発生場所 発生状況 概要 項目 本人の数 原因 二次被害 本人への対応 公表 再発防止",
    ("incidents", "kind=業務の事故"): "業務事故報告書：時間帯 影響件数 復旧 原因 再発防止",
    ("transfers", "direction=市から"): "預り証：授受日 返還日 渡した人 受けた人 内容 件数 手段・媒体 返還期限 保管場所",
    ("transfers", "direction=市へ"): "受渡書：授受日 渡した人 受けた人 内容 件数",
    ("subcontracts", ""): "再委託承諾申請書：名称 理由 内容 情報 安全性及び信頼性を確保する対策 管理及び監督の方法",
    ("supervisions", ""): "再委託の管理・監督状況報告書：名称 確認日 履行の状況 是正",
    ("areas", ""): "取扱区域報告書：名称 所在 種別 入室権限者 認証 施錠・監視",
    ("areas", "replaces=旧応対室"): "取扱区域変更申請書：変更前 変更後 変更の理由 変更予定日 承認",
    ("trainings", ""): "研修計画書：名称 実施予定日 対象者 内容 方法 実施体制",
    ("trainings", "held_on=2024-01-20"): "研修実施報告書：名称 実施日 対象者 内容 受講した人数 未受講者",
    ("permits", "kind=ネットワーク接続"): "許可申請書：種別 対象 範囲 理由 安全管理 申請日 許可日",
    ("copies", ""): "複写・複製許諾申請書：対象 部数 目的 複写予定日 許諾日",
}  # fmt: skip
"""The fields of each form by `domain.md` ("Forms") and the clauses that it names, by register and what makes it this one."""
TYPED = {
    "day": "2024-01-20", "moment": "2024-01-20 10:00", "label": "架空の記載", "number": "3", "staff": "mg1", "call": "1700438494.1",
}  # fmt: skip


def needed(register: Register, given: str) -> list[str]:
    """Values for the fields that an entry needs, as they are typed."""
    words = {
        one.name: next(iter(one.choices.values())) if one.choices else TYPED[one.kind]
        for one in register.fields
        if one.is_needed
    }
    words |= dict([given.split("=", 1)]) if given else {}
    return [f"{name}={value}" for name, value in words.items()]


def text_of(pdf: bytes) -> str:
    return "".join(
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    )


def folder_of(stage: Stage, period: str) -> Path:
    return stage.home.outbox / "filings" / period


@pytest.mark.parametrize(("name", "given"), ASKED_FOR)
def test_a_form_prints_every_field_that_is_asked_for(stage: Stage, name: str, given: str) -> None:
    register = REGISTERS[name]
    say(stage, "registers", "add", name, *needed(register, given), by="pm1")
    (kept,) = entries(stage.engine, register)
    say(stage, "registers", "paper", name, kept.entry_id, by="pm1")
    title, _, fields = ASKED_FOR[name, given].partition("：")
    (path,) = stage.home.outbox.glob(f"filings/{kept.entry_id[:13]}-*/*.pdf")
    assert path.name.startswith(title)
    told = text_of(path.read_bytes())
    for field in (title, "記録照合番号", "札幌市長", kept.entry_id, *fields.split()):
        assert field in told, field
    assert re.search(r"記録照合番号：[0-9]+[:：-][0-9A-Za-z+/]{4}", told), "the log's size and root"
    assert "提出期限" not in told, "no day is set for it"
    assert "未記入" in told


def test_blanks_stay_blank_and_days_are_japanese(stage: Stage) -> None:
    say(stage, "registers", "add", "incidents", "kind=個人情報の事故", "found_at=2024-01-23 10:00",
        "content=誤送付", "place=応対室", "situation=宛先の誤り", by="pm1")  # fmt: skip
    (kept,) = entries(stage.engine, REGISTERS["incidents"])
    say(stage, "registers", "paper", "incidents", kept.entry_id, by="pm1")
    (paper,) = latest_editions(stage.engine)
    rows = dict(json.loads(paper.data_json)["tables"][0]["rows"])
    assert rows["発見日時"] == "令和6年1月23日（火）10時00分"
    assert (rows["種別"], rows["原因"], rows["公表"]) == ("個人情報の事故", "未記入", "未記入")
    assert paper.due_date == NO_DAY
    manifest = json.loads((folder_of(stage, paper.period) / "manifest.json").read_bytes())
    assert manifest["due_date"] is None


def test_from_draft_to_handed_over(stage: Stage, tmp_path: Path) -> None:
    words = ("kind=市から", "item=名簿", "quantity=2", "manner=手渡し", "on=2024-01-20", "by=mg1")
    given = [one.replace("kind=", "direction=") for one in words]
    say(stage, "registers", "add", "transfers", *given, by="pm1")
    (kept,) = entries(stage.engine, REGISTERS["transfers"])
    period = f"{kept.entry_id[:13]}-1"
    assert "made" in say(stage, "registers", "paper", "transfers", kept.entry_id, by="pm1")
    assert "unchanged" in say(stage, "registers", "paper", "transfers", kept.entry_id, by="pm1")
    say(stage, "registers", "add", "transfers", *given, "handed_by=高齢福祉係", by="pm1")
    say(stage, "registers", "paper", "transfers", kept.entry_id, by="pm1")
    paper = edition_of(stage.engine, "filings", period)
    assert paper.edition == 1, "a draft is replaced until somebody confirms it"
    actor = stage.actor("mg1")
    assert confirmed(stage.engine, stage.home, actor, paper)
    say(stage, "registers", "add", "transfers", *given, "back_on=2024-01-21", by="pm1")
    say(stage, "registers", "paper", "transfers", kept.entry_id, by="pm1")
    second = edition_of(stage.engine, "filings", period)
    assert second.edition == 2
    moved = json.loads(second.data_json)["corrections"]
    assert any("返還日" in one["item"] for one in moved)
    assert all("contract.toml" not in one["reason"] for one in moved), "no contract changed"
    confirmed(stage.engine, stage.home, actor, second)
    medium = tmp_path / "medium"
    second = edition_of(stage.engine, "filings", period)
    hand_over(stage.engine, stage.home, actor, second, medium, "媒体")
    (form,) = (one for one in made_papers(stage.engine) if one.kind == "filings")
    assert (form.state.value, form.is_late) == ("delivered", False)
    (pdf,) = (medium / "filings" / period).glob("*.pdf")
    assert "（mg1）" in text_of(pdf.read_bytes()), "責任者確認"


def test_a_plan_and_the_report_of_what_became_of_it_are_two_papers(stage: Stage) -> None:
    words = ["title=個人情報", "planned_on=2024-01-20", "audience=全員", "content=規程"]
    say(stage, "registers", "add", "trainings", *words, by="pm1")
    (kept,) = entries(stage.engine, REGISTERS["trainings"])
    say(stage, "registers", "paper", "trainings", kept.entry_id, by="pm1")
    (plan,) = latest_editions(stage.engine)
    confirmed(stage.engine, stage.home, stage.actor("mg1"), plan)
    say(stage, "registers", "add", "trainings", *words, "held_on=2024-01-22", by="pm1")
    say(stage, "registers", "paper", "trainings", kept.entry_id, by="pm1")
    titles = {
        json.loads(one.data_json)["head"]["title"]: one.edition
        for one in latest_editions(stage.engine)
    }
    assert titles == {"研修計画書": 1, "研修実施報告書": 1}, (
        "the second corrects nothing of the first"
    )


def test_important_records_are_one_list(stage: Stage) -> None:
    """6(3)ウ: what was handed over, returned, disposed of."""
    for day, kind, item in (("22", "廃棄", "回答票"), ("21", "引渡し", "申出の手紙")):
        say(stage, "registers", "add", "important_records", f"kind={kind}", f"item={item}", "quantity=1", "manner=紙",
            f"on=2024-01-{day}", "by=mg1", by="pm1")  # fmt: skip
    say(stage, "registers", "paper", "important_records", by="pm1")
    (paper,) = latest_editions(stage.engine)
    table = json.loads(paper.data_json)["tables"][0]
    assert [row[1:3] for row in table["rows"]] == [["引渡し", "申出の手紙"], ["廃棄", "回答票"]]
    assert table["headings"][0] == "年月日"


def test_who_may_not_write_the_register_makes_no_paper_of_it(stage: Stage) -> None:
    with pytest.raises(EntryRefused, match="makes no paper"):
        say(stage, "registers", "paper", "faq", "F-1")
    with pytest.raises(NotAllowed):
        say(stage, "registers", "paper", "incidents", "I-1", by="ad1")
    with pytest.raises(EntryRefused, match="ありません"):
        say(stage, "registers", "paper", "incidents", "I-1", by="pm1")
    assert not list(latest_editions(stage.engine))


def test_what_was_only_applied_for_permits_nothing(stage: Stage) -> None:
    from compliance.registers.standing import Lacking, permit

    say(stage, "registers", "add", "permits", "kind=ネットワーク接続", "target=提出用", "scope=書類", "applied_on=2024-01-20", by="pm1")  # fmt: skip
    found = permit(
        entries(stage.engine, REGISTERS["permits"]), "network", "提出用", date(2024, 1, 25)
    )
    assert isinstance(found, Lacking)


def test_the_morning_names_a_filing_until_it_has_left_the_house(
    stage: Stage, tmp_path: Path
) -> None:
    stage.home.warehouse.unlink(missing_ok=True)

    def told() -> list[str]:
        with outlook(read_settings(None, stage.home.root, environment={}), stage.now) as place:
            brief = brief_of(place)
            return [one for one in lines(brief) if "事故報告書" in one] + [
                one.title for one in brief.unconfirmed if one.kind == "filings"
            ]

    say(stage, "registers", "add", "incidents", "kind=個人情報の事故", "found_at=2024-01-23 10:00",
        "content=誤送付", "place=応対室", "situation=宛先の誤り", by="pm1")  # fmt: skip
    (kept,) = entries(stage.engine, REGISTERS["incidents"])
    assert told() == []
    say(stage, "registers", "paper", "incidents", kept.entry_id, by="pm1")
    (paper,) = latest_editions(stage.engine)
    line, title = told()
    assert "期限の定めなし" in line and "責任者確認待ち" in line and paper.period in title
    confirmed(stage.engine, stage.home, stage.actor("mg1"), paper)
    (line,) = told()
    assert "確認済み（未提出）" in line
    sent = edition_of(stage.engine, paper.kind, paper.period)
    hand_over(stage.engine, stage.home, stage.actor("mg1"), sent, tmp_path / "medium", "媒体")
    assert told() == []
