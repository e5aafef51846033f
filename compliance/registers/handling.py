"""The registers of how personal information is handled (別紙1, 別紙2): rules, areas, devices, what moved, who was let, what
went wrong, what was looked at. They hold no citizen: counts, dates, places and short labels."""

from __future__ import annotations

from compliance.people.rights import Right
from compliance.registers.description import Ending, Field, FieldKind, Register

STANDARDS = {
    "1": "基本方針、規程及び取扱手順の策定",
    "2": "総括保護管理者及び保護管理者の設置",
    "3": "従業員の指定、教育及び監督",
    "4": "管理区域の設定及び安全管理措置の実施",
    "5": "セキュリティ強化のための管理策",
    "6": "事件・事故における報告連絡体制",
    "7": "情報資産の搬送及び持ち運ぶ際の保護体制",
    "8": "関係法令の遵守",
    "9": "定期監査の実施",
    "10": "個人情報取扱状況報告書の提出",
    "11": "ISMS又はプライバシーマークの認証",
}
"""The sections of 別紙1, by their numbers."""
_YES_NO = {"yes": "有", "no": "無"}


def _label(name: str, title: str, *, is_needed: bool = False) -> Field:
    return Field(name, title, FieldKind.LABEL, is_needed)


def _day(name: str, title: str, *, is_needed: bool = False) -> Field:
    return Field(name, title, FieldKind.DAY, is_needed)


def _choice(name: str, title: str, choices: dict[str, str], *, is_needed: bool = True) -> Field:
    return Field(name, title, FieldKind.CHOICE, is_needed, choices)


def _count(name: str, title: str, *, is_needed: bool = False) -> Field:
    return Field(name, title, FieldKind.NUMBER, is_needed)


def _register(
    name: str,
    title: str,
    clause: str,
    *fields: Field,
    identity: tuple[str, ...],
    form: str = "",
    ending: Ending | None = None,
) -> Register:
    write = Right.KEEP_REGISTERS
    return Register(name, title, clause, write, fields, identity, form=form, ending=ending)


RULES = _register(
    "rules", "規程・計画台帳", "別紙1-1、1-11、別紙2-2",
    _choice("kind", "種類", {"policy": "基本方針", "rules": "規程・手順", "emergency": "緊急時計画", "training": "研修計画", "isms": "ISMS・Pマーク"}),
    _label("title", "名称", is_needed=True), _label("edition", "版", is_needed=True),
    _day("made_on", "制定・取得日", is_needed=True), _day("expires_on", "有効期限"), _day("confirmed_on", "市の確認日"),
    identity=("kind", "title", "edition"),
)  # fmt: skip
CONSULTATIONS = _register(
    "consultations", "協議・指示記録簿", "6(4)、別紙2-13-1",
    _choice("kind", "種別", {"designation": "指定", "instruction": "指示", "consultation": "協議", "request": "求め"}),
    _day("held_on", "日付", is_needed=True), _label("section", "市の部署", is_needed=True),
    _label("matter", "件名", is_needed=True), _label("outcome", "結果"), _day("due_on", "対応期限"), _day("done_on", "対応日"),
    identity=("kind", "held_on", "matter"),
    ending=Ending("対応待ち", "done_on", begins="due_on", fills=("done_on",)),
)  # fmt: skip
AREAS = _register(
    "areas", "取扱区域", "別紙1-4、別紙2-4",
    _label("name", "区域の名称", is_needed=True), _label("place", "所在", is_needed=True),
    _choice("kind", "種別", {"server": "サーバ等の区域", "storage": "保管の区域", "work": "事務の区域"}),
    _label("entrants", "入室権限者"), _label("authentication", "認証"), _label("guard", "施錠・監視"),
    _day("reported_on", "市への報告日"), _day("approved_on", "変更の承認日"),
    _day("starts_on", "使用開始", is_needed=True), _day("ends_on", "使用終了"),
    identity=("name", "starts_on"),
    form="取扱区域報告書",
)  # fmt: skip
ENTRIES = _register(
    "entry_records", "入退室記録", "別紙1-4、別紙2-4",
    _label("area", "区域の名称", is_needed=True),
    Field("entered_at", "入室日時", FieldKind.MOMENT, is_needed=True), Field("left_at", "退室日時", FieldKind.MOMENT),
    Field("by", "入室者（職員番号）", FieldKind.STAFF, is_needed=True), _label("purpose", "目的"),
    identity=("area", "entered_at", "by"),
    ending=Ending("退室の記入なし", "left_at", fills=("left_at",)),
)  # fmt: skip
DEVICES = _register(
    "devices", "機器・媒体", "別紙1-5",
    _label("name", "機器・媒体の名", is_needed=True),
    _choice("kind", "種別", {"server": "サーバ", "terminal": "端末", "medium": "媒体", "exchange": "電話交換機", "other": "その他"}),
    _label("model", "型式"), _label("serial", "製造番号", is_needed=True), _label("place", "保管場所", is_needed=True),
    _choice("is_encrypted", "暗号化", _YES_NO), _day("starts_on", "使用開始", is_needed=True), _day("ends_on", "使用終了"),
    identity=("serial",),
)  # fmt: skip
TAKEOUTS = _register(
    "takeouts", "貸与品・持出し", "別紙1-5(5)、別紙1-7、別紙2-4",
    _choice("kind", "種別", {"lent": "市からの貸与", "takeout": "持出し"}),
    _label("item", "内容", is_needed=True), _count("quantity", "数量", is_needed=True), _label("purpose", "目的"),
    _day("from_on", "授受・持出日", is_needed=True), _day("due_on", "返却期限"), _day("back_on", "返却日"),
    Field("by", "取扱者（職員番号）", FieldKind.STAFF, is_needed=True),
    identity=("kind", "item", "from_on"),
    ending=Ending("返却待ち", "back_on", begins="due_on", fills=("back_on",)),
)  # fmt: skip
TRANSFERS = _register(
    "transfers", "受渡し・預り証", "別紙2-12",
    _choice("direction", "区分", {"in": "市から", "out": "市へ"}),
    _label("item", "内容", is_needed=True), _count("quantity", "件数", is_needed=True), _label("manner", "手段・媒体", is_needed=True),
    _day("on", "授受日", is_needed=True), _label("receipt", "預り証の番号"), _day("due_on", "返還期限"), _day("back_on", "返還日"),
    Field("by", "担当者（職員番号）", FieldKind.STAFF, is_needed=True),
    identity=("direction", "item", "on"),
    ending=Ending("返還待ち", "back_on", begins="due_on", fills=("back_on",)),
    form="預り証",
)  # fmt: skip
COPIES = _register(
    "copies", "複写・複製", "別紙2-8",
    _label("item", "対象", is_needed=True), _count("quantity", "部数", is_needed=True), _label("purpose", "目的", is_needed=True),
    _day("permitted_on", "市の許諾日"), _day("on", "複写日", is_needed=True), _day("disposed_on", "廃棄日"),
    identity=("item", "on"),
)  # fmt: skip
PERMITS = _register(
    "permits", "許可（接続・サーバ・第三者）", "別紙1-5(1)(2)(12)",
    _choice("kind", "種別", {"network": "ネットワーク接続", "server": "サーバの設置", "third_party": "第三者"}),
    _label("target", "対象", is_needed=True), _label("scope", "範囲", is_needed=True),
    _day("permitted_on", "市の許可日", is_needed=True), _day("expires_on", "有効期限"),
    identity=("kind", "target"),
)  # fmt: skip
SUBCONTRACTS = _register(
    "subcontracts", "再委託", "別紙2-7",
    _label("name", "再委託先の名称", is_needed=True), _label("reason", "理由", is_needed=True), _label("work", "内容", is_needed=True),
    _label("information", "取り扱う情報", is_needed=True), _label("safety", "安全性・信頼性の対策", is_needed=True),
    _label("supervision", "管理監督の方法", is_needed=True), _day("consented_on", "市の承諾日"),
    _day("starts_on", "開始日", is_needed=True), _day("ends_on", "終了日"),
    identity=("name", "starts_on"),
    form="再委託承諾申請書",
    ending=Ending("市の承諾待ち", "consented_on"),
)  # fmt: skip
INCIDENTS = _register(
    "incidents", "事故・兆候", "11(1)(3)、別紙1-6、別紙2-16",
    _choice("kind", "種別", {"service": "業務の事故", "personal": "個人情報の事故", "sign": "違反の事実・兆候"}),
    Field("found_at", "発見日時", FieldKind.MOMENT, is_needed=True), _label("content", "内容", is_needed=True),
    _count("persons", "本人の数"), _label("place", "発生場所", is_needed=True), _label("situation", "発生状況", is_needed=True),
    _label("cause", "原因"), _label("measures", "再発防止"), Field("told_at", "市への報告日時", FieldKind.MOMENT), _day("closed_on", "終結日"),
    identity=("kind", "found_at"),
    ending=Ending("未終結", "closed_on", fills=("closed_on",)),
    form="事故報告書",
)  # fmt: skip
AUDITS = _register(
    "audits", "点検・監査", "別紙1-9、別紙2-15",
    _day("on", "実施日", is_needed=True),
    _choice("kind", "種別", {"self": "自己点検", "internal": "内部監査", "city": "市の監査・調査"}),
    _choice("section", "別紙1の番号", STANDARDS),
    _choice("result", "結果", {"met": "○", "unmet": "×", "none": "該当なし"}),
    _label("done", "実施内容", is_needed=True), _label("evidence", "根拠資料"), _day("due_on", "是正予定日"), _day("corrected_on", "是正日"),
    identity=("on", "kind", "section"),
    ending=Ending("是正待ち", "corrected_on", begins="due_on", fills=("corrected_on",)),
)  # fmt: skip
LOG_REVIEWS = _register(
    "log_reviews", "アクセス記録の点検", "別紙1-5(6)",
    _label("month", "対象月（2023-11）", is_needed=True), _day("reviewed_on", "点検日", is_needed=True),
    Field("reviewed_by", "点検者（職員番号）", FieldKind.STAFF, is_needed=True),
    _choice("is_suspicious", "異常", _YES_NO), _label("remark", "所見・処置"),
    identity=("month",),
)  # fmt: skip

HANDLING = (
    RULES, CONSULTATIONS, AREAS, ENTRIES, DEVICES, TAKEOUTS, TRANSFERS, COPIES, PERMITS, SUBCONTRACTS, INCIDENTS, AUDITS, LOG_REVIEWS,
)  # fmt: skip
