"""The registers of how personal information is handled (別紙1, 別紙2): rules, areas, devices, what moved, who was let, what
went wrong, what was looked at. They hold no citizen: counts, dates, places and short labels."""

from __future__ import annotations

from compliance.people.rights import Right
from compliance.registers.description import (
    Agreement,
    Ending,
    Field,
    FieldKind,
    Filing,
    Register,
    in_order,
)

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
    filings: tuple[Filing, ...] = (),
    ending: Ending | None = None,
    agreements: tuple[Agreement, ...] = (),
) -> Register:
    write = Right.KEEP_REGISTERS
    return Register(
        name,
        title,
        clause,
        write,
        fields,
        identity,
        filings=filings,
        ending=ending,
        agreements=agreements,
    )


RULES = _register(
    "rules", "規程・計画台帳", "rules",
    _choice("kind", "種類", {"policy": "基本方針", "rules": "規程・手順", "emergency": "緊急時計画", "training": "研修計画", "isms": "ISMS・Pマーク"}),
    _label("title", "名称", is_needed=True), _label("edition", "版", is_needed=True),
    _day("made_on", "制定・取得日", is_needed=True), _day("expires_on", "有効期限"), _day("confirmed_on", "市の確認日"),
    identity=("kind", "title", "edition"),
)  # fmt: skip
CONSULTATIONS = _register(
    "consultations", "協議・指示記録簿", "consultations",
    _choice("kind", "種別", {"designation": "指定", "instruction": "指示", "consultation": "協議", "request": "求め"}),
    _day("held_on", "日付", is_needed=True), _label("section", "市の部署", is_needed=True),
    _label("matter", "件名", is_needed=True), _label("outcome", "結果"), _day("due_on", "対応期限"), _day("done_on", "対応日"),
    identity=("kind", "held_on", "matter"),
    ending=Ending("対応待ち", "done_on", begins="due_on", fills=("done_on",)),
)  # fmt: skip
AREAS = _register(
    "areas", "取扱区域", "areas",
    _label("name", "区域の名称", is_needed=True), _label("place", "所在", is_needed=True),
    _choice("kind", "種別", {"server": "サーバ等の区域", "storage": "保管の区域", "work": "事務の区域"}),
    _label("entrants", "入室権限者"), _label("authentication", "認証"), _label("guard", "施錠・監視"),
    _day("reported_on", "市への報告日"), _day("approved_on", "変更の承認日"),
    _label("replaces", "変更前の区域"), _label("reason", "変更の理由"),
    _day("starts_on", "使用開始", is_needed=True), _day("ends_on", "使用終了"),
    identity=("name", "starts_on"),
    filings=(
        Filing(
            "取扱区域変更申請書", "area_change",
            "取扱区域を次のとおり変更したいので、承認を申請します。承認があるまで、変更後の区域では個人情報を取り扱いません。",
            {"replaces": "変更前の区域", "name": "変更後の区域", "place": "所在", "kind": "種別", "entrants": "入室権限者",
             "authentication": "認証", "guard": "施錠・監視", "reason": "変更の理由", "starts_on": "変更予定日", "approved_on": "市の承認日"},
            lambda values: bool(values.get("replaces")),
        ),
        Filing(
            "取扱区域報告書", "area_report", "個人情報の取扱区域を次のとおり定めたので、報告します。",
            {"name": "名称", "place": "所在", "kind": "種別", "entrants": "入室権限者", "authentication": "認証", "guard": "施錠・監視",
             "starts_on": "使用開始", "ends_on": "使用終了"},
        ),
    ),
)  # fmt: skip
ENTRIES = _register(
    "entry_records", "入退室記録", "areas",
    _label("area", "区域の名称", is_needed=True),
    Field("entered_at", "入室日時", FieldKind.MOMENT, is_needed=True), Field("left_at", "退室日時", FieldKind.MOMENT),
    Field("by", "入室者（職員番号）", FieldKind.STAFF, is_needed=True), _label("purpose", "目的"),
    identity=("area", "entered_at", "by"),
    ending=Ending("退室の記入なし", "left_at", fills=("left_at",)),
)  # fmt: skip
DEVICES = _register(
    "devices", "機器・媒体", "devices",
    _label("name", "機器・媒体の名", is_needed=True),
    _choice("kind", "種別", {"server": "サーバ", "terminal": "端末", "medium": "媒体", "exchange": "電話交換機", "other": "その他"}),
    _label("model", "型式"), _label("serial", "製造番号", is_needed=True), _label("place", "保管場所", is_needed=True),
    _choice("is_encrypted", "暗号化", _YES_NO), _day("starts_on", "使用開始", is_needed=True), _day("ends_on", "使用終了"),
    identity=("serial",),
)  # fmt: skip
TAKEOUTS = _register(
    "takeouts", "貸与品・持出し", "takeouts",
    _choice("kind", "種別", {"lent": "市からの貸与", "takeout": "持出し"}),
    _label("item", "内容", is_needed=True), _count("quantity", "数量", is_needed=True), _label("purpose", "目的"),
    _day("from_on", "授受・持出日", is_needed=True), _day("due_on", "返却期限"), _day("back_on", "返却日"),
    Field("by", "取扱者（職員番号）", FieldKind.STAFF, is_needed=True),
    identity=("kind", "item", "from_on"),
    ending=Ending("返却待ち", "back_on", begins="due_on", fills=("back_on",)),
)  # fmt: skip
_RECEIPT = {
    "receipt": "番号", "on": "授受日", "item": "内容", "quantity": "件数", "manner": "手段・媒体", "handed_by": "渡した人",
    "received_by": "受けた人", "kept_at": "保管場所", "due_on": "返還期限", "back_on": "返還日", "back_to": "返還を受けた人",
    "by": "担当者（職員番号）",
}  # fmt: skip
TRANSFERS = _register(
    "transfers", "受渡し・預り証", "transfers",
    _choice("direction", "区分", {"in": "市から", "out": "市へ"}),
    _label("item", "内容", is_needed=True), _count("quantity", "件数", is_needed=True), _label("manner", "手段・媒体", is_needed=True),
    _day("on", "授受日", is_needed=True), _label("handed_by", "渡した人"), _label("received_by", "受けた人"), _label("kept_at", "保管場所"),
    _label("receipt", "預り証の番号"), _day("due_on", "返還期限"), _day("back_on", "返還日"), _label("back_to", "返還を受けた人"),
    Field("by", "担当者（職員番号）", FieldKind.STAFF, is_needed=True),
    identity=("direction", "item", "on"),
    ending=Ending("返還待ち", "back_on", begins="due_on", fills=("back_on",)),
    filings=(
        Filing(
            "預り証", "receipt", "次の個人情報を確かに預かりました。",
            _RECEIPT, lambda values: values.get("direction") == "in",
        ),
        Filing(
            "受渡書", "receipt", "次の個人情報を引き渡しました。受領の確認をお願いします。",
            _RECEIPT, lambda values: values.get("direction") == "out",
        ),
    ),
    agreements=(in_order("on", "back_on", "「返還日」が「授受日」より前です。"),),
)  # fmt: skip
COPIES = _register(
    "copies", "複写・複製", "copies",
    _label("item", "対象", is_needed=True), _count("quantity", "部数", is_needed=True), _label("purpose", "目的", is_needed=True),
    _day("permitted_on", "市の許諾日"), _day("on", "複写日", is_needed=True), _day("disposed_on", "廃棄日"),
    identity=("item", "on"),
    filings=(
        Filing(
            "複写・複製許諾申請書", "copying", "次の資料を複写し、又は複製したいので、許諾を申請します。",
            {"item": "対象", "quantity": "部数", "purpose": "目的", "on": "複写予定日", "disposed_on": "廃棄日", "permitted_on": "市の許諾日"},
        ),
    ),
    ending=Ending("市の許諾待ち", "permitted_on", fills=("permitted_on",)),
)  # fmt: skip
PERMITS = _register(
    "permits", "許可（接続・サーバ・第三者）", "permits",
    _choice("kind", "種別", {"network": "ネットワーク接続", "server": "サーバの設置", "third_party": "第三者"}),
    _label("target", "対象", is_needed=True), _label("scope", "範囲", is_needed=True),
    _label("reason", "理由"), _label("measures", "安全管理の措置"), _day("applied_on", "申請日"),
    _day("permitted_on", "市の許可日"), _day("expires_on", "有効期限"),
    identity=("kind", "target"),
    ending=Ending("市の許可待ち", "permitted_on", fills=("permitted_on",)),
    filings=(
        Filing(
            "許可申請書", "permission", "次のとおり許可を申請します。許可があるまで、接続・設置・提供は行いません。",
            {"kind": "種別", "target": "対象", "scope": "範囲", "reason": "理由", "measures": "安全管理の措置", "applied_on": "申請日",
             "permitted_on": "市の許可日", "expires_on": "有効期限"},
        ),
    ),
)  # fmt: skip
SUBCONTRACTS = _register(
    "subcontracts", "再委託", "subcontracts",
    _label("name", "再委託先の名称", is_needed=True), _label("reason", "理由", is_needed=True), _label("work", "内容", is_needed=True),
    _label("information", "取り扱う情報", is_needed=True), _label("safety", "安全性・信頼性の対策", is_needed=True),
    _label("supervision", "管理監督の方法", is_needed=True), _day("consented_on", "市の承諾日"),
    _day("starts_on", "開始日", is_needed=True), _day("ends_on", "終了日"),
    identity=("name", "starts_on"),
    filings=(
        Filing(
            "再委託承諾申請書", "subcontracting", "業務の一部を次のとおり再委託したいので、承諾を申請します。",
            {"name": "再委託先の名称", "reason": "再委託する理由", "work": "再委託して処理する内容", "information": "再委託先において取り扱う情報",
             "safety": "安全性及び信頼性を確保する対策", "supervision": "管理及び監督の方法", "starts_on": "開始予定日", "ends_on": "終了予定日",
             "consented_on": "市の承諾日"},
        ),
    ),
    ending=Ending("市の承諾待ち", "consented_on"),
)  # fmt: skip
SUPERVISIONS = _register(
    "supervisions", "再委託の監督", "supervisions",
    _label("name", "再委託先の名称", is_needed=True), _day("on", "確認日", is_needed=True), _label("manner", "確認の方法", is_needed=True),
    _label("found", "履行の状況", is_needed=True), _label("measures", "是正を求めた事項"), _day("due_on", "是正期限"), _day("corrected_on", "是正日"),
    Field("by", "確認した者（職員番号）", FieldKind.STAFF, is_needed=True),
    identity=("name", "on"),
    ending=Ending("是正待ち", "corrected_on", begins="due_on", fills=("corrected_on",)),
    filings=(
        Filing(
            "再委託の管理・監督状況報告書", "supervision_report", "再委託先の管理・監督の状況を次のとおり報告します。",
            {"name": "再委託先の名称", "on": "確認日", "manner": "確認の方法", "found": "履行の状況", "measures": "是正を求めた事項",
             "due_on": "是正期限", "corrected_on": "是正日", "by": "確認した者"},
        ),
    ),
)  # fmt: skip
TRAININGS = _register(
    "trainings", "研修", "trainings",
    _label("title", "研修の名称", is_needed=True), _day("planned_on", "実施予定日", is_needed=True),
    _label("audience", "対象者", is_needed=True), _label("content", "内容", is_needed=True), _label("manner", "方法・教材"),
    _label("lecturer", "講師・実施体制"), _day("held_on", "実施日"), _count("invited", "対象の人数"), _count("attended", "受講した人数"),
    _label("absent", "未受講者への措置"), _label("result", "理解の確認"),
    identity=("title", "planned_on"),
    ending=Ending("研修の実施待ち", "held_on", fills=("held_on",)),
    filings=(
        Filing(
            "研修実施報告書", "training_report", "個人情報の保護に関する研修を次のとおり実施したので、報告します。",
            {"title": "研修の名称", "held_on": "実施日", "audience": "対象者", "content": "内容", "manner": "方法・教材", "lecturer": "講師・実施体制",
             "invited": "対象の人数", "attended": "受講した人数", "absent": "未受講者への措置", "result": "理解の確認"},
            lambda values: bool(values.get("held_on")),
        ),
        Filing(
            "研修計画書", "training_plan", "個人情報の保護に関する研修を次のとおり計画したので、提出します。",
            {"title": "研修の名称", "planned_on": "実施予定日", "audience": "対象者", "content": "内容", "manner": "方法・教材",
             "lecturer": "講師・実施体制", "invited": "対象の人数"},
        ),
    ),
)  # fmt: skip
IMPORTANT_RECORDS = _register(
    "important_records", "重要な記録", "important_records",
    _choice("kind", "区分", {"handed": "引渡し", "returned": "返還", "disposed": "廃棄"}),
    _label("item", "記録の名称", is_needed=True), _count("quantity", "数量", is_needed=True), _label("manner", "媒体・方法", is_needed=True),
    _day("on", "年月日", is_needed=True), _label("to", "相手"), _label("receipt", "受領・承諾の番号"),
    Field("by", "担当者（職員番号）", FieldKind.STAFF, is_needed=True),
    identity=("kind", "item", "on"),
    filings=(
        Filing(
            "重要な記録の引渡し・返還・廃棄一覧", "important_list", "重要な記録の引渡し、返還及び廃棄は、次のとおりです。",
            {"on": "年月日", "kind": "区分", "item": "記録の名称", "quantity": "数量", "manner": "媒体・方法", "to": "相手",
             "receipt": "受領・承諾の番号", "by": "担当者"},
            is_list=True,
        ),
    ),
)  # fmt: skip
INCIDENTS = _register(
    "incidents", "事故・兆候", "incidents",
    _choice("kind", "種別", {"service": "業務の事故", "personal": "個人情報の事故", "sign": "違反の事実・兆候"}),
    Field("found_at", "発見日時", FieldKind.MOMENT, is_needed=True), _label("content", "内容", is_needed=True),
    _count("records", "件数"), _count("persons", "本人の数"), _label("place", "発生場所", is_needed=True),
    _label("situation", "発生状況", is_needed=True), _label("outline", "概要"), _label("items", "個人情報の項目"), _label("cause", "原因"),
    _label("secondary", "二次被害又はそのおそれ"), _label("to_persons", "本人への対応"), _label("publication", "公表"), _label("measures", "再発防止"),
    Field("from_at", "影響の始まり", FieldKind.MOMENT), Field("until_at", "影響の終わり", FieldKind.MOMENT), _count("affected", "影響件数"),
    Field("restored_at", "復旧日時", FieldKind.MOMENT), _label("restoration", "復旧の内容"),
    Field("told_at", "市への報告日時", FieldKind.MOMENT), _day("closed_on", "終結日"),
    identity=("kind", "found_at"),
    ending=Ending("未終結", "closed_on", fills=("closed_on",)),
    filings=(
        Filing(
            "業務事故報告書", "service_incident", "業務の履行に支障のある事故が発生したので、次のとおり報告します。",
            {"found_at": "発見日時", "content": "内容", "place": "発生場所", "situation": "発生状況", "from_at": "影響した時間帯（始まり）",
             "until_at": "影響した時間帯（終わり）", "affected": "影響件数", "restored_at": "復旧日時", "restoration": "復旧の内容", "cause": "原因",
             "measures": "再発防止", "told_at": "市への報告日時"},
            lambda values: values.get("kind") == "service",
        ),
        Filing(
            "事故報告書", "personal_incident", "個人情報の取扱いに係る事故（そのおそれを含む。）を次のとおり報告します。",
            {"kind": "種別", "found_at": "発見日時", "content": "内容", "records": "件数", "place": "発生場所", "situation": "発生状況",
             "outline": "概要", "items": "個人情報の項目", "persons": "本人の数", "cause": "原因", "secondary": "二次被害又はそのおそれ",
             "to_persons": "本人への対応", "publication": "公表", "measures": "再発防止", "told_at": "市への報告日時"},
        ),
    ),
    agreements=(
        in_order("from_at", "until_at", "「影響の終わり」が「影響の始まり」より前です。"),
        in_order("found_at", "told_at", "「市への報告日時」が「発見日時」より前です。"),
    ),
)  # fmt: skip
AUDITS = _register(
    "audits", "点検・監査", "audits",
    _day("on", "実施日", is_needed=True),
    _choice("kind", "種別", {"self": "自己点検", "internal": "内部監査", "city": "市の監査・調査"}),
    _label("section", "基準の番号"),
    _choice("result", "結果", {"met": "○", "unmet": "×", "none": "該当なし"}),
    _label("done", "実施内容", is_needed=True), _label("evidence", "根拠資料"), _day("due_on", "是正予定日"), _day("corrected_on", "是正日"),
    identity=("on", "kind", "section"),
    ending=Ending("是正待ち", "corrected_on", begins="due_on", fills=("corrected_on",)),
)  # fmt: skip
LOG_REVIEWS = _register(
    "log_reviews", "アクセス記録の点検", "log_reviews",
    _label("month", "対象月（2023-11）", is_needed=True), _day("reviewed_on", "点検日", is_needed=True),
    Field("reviewed_by", "点検者（職員番号）", FieldKind.STAFF, is_needed=True),
    _choice("is_suspicious", "異常", _YES_NO), _label("remark", "所見・処置"),
    identity=("month",),
)  # fmt: skip

HANDLING = (
    RULES, CONSULTATIONS, AREAS, ENTRIES, DEVICES, TAKEOUTS, TRANSFERS, COPIES, PERMITS, SUBCONTRACTS, SUPERVISIONS,
    TRAININGS, IMPORTANT_RECORDS, INCIDENTS, AUDITS, LOG_REVIEWS,
)  # fmt: skip
