"""The registers of the floor (6(2), 6(3)オ, 6(1)カ), and all there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from compliance.contract.annex import Annex
from compliance.contract.campaigns import Campaign
from compliance.people.rights import Right
from compliance.registers.description import (
    Agreement,
    Ending,
    Field,
    FieldKind,
    Fixing,
    Register,
    in_order,
)
from compliance.registers.handling import AUDITS, HANDLING

URGENT_CALL = "urgent_call"
"""How an escalation is told that reports an urgent complaint by telephone, at once (6(3)オ)."""

ESCALATIONS = Register(
    name="escalations",
    title="市への報告・引継ぎ",
    clause="escalations",
    write=Right.TELL_THE_CITY,
    is_about_inquiry=True,
    identity=("told_at",),
    ending=Ending("市の回答待ち", "answered_at", fills=("answered_at",)),
    fields=(
        Field("told_at", "伝えた日時", FieldKind.MOMENT, is_needed=True),
        Field(
            "manner",
            "種別",
            FieldKind.CHOICE,
            is_needed=True,
            choices={URGENT_CALL: "緊急の電話", "report": "報告", "handover": "引継ぎ"},
        ),
        Field("told_by", "伝えた人（職員番号）", FieldKind.STAFF, is_needed=True),
        Field("decided_by", "緊急と判断した人（職員番号）", FieldKind.STAFF),
        Field("decided_at", "判断した日時", FieldKind.MOMENT),
        Field("reached", "相手（市の担当）", FieldKind.WORDS, is_needed=True),
        Field("instruction", "市の指示・回答", FieldKind.WORDS),
        Field("answered_at", "市の回答日時", FieldKind.MOMENT),
    ),
    agreements=(
        in_order("told_at", "answered_at", "「市の回答日時」が「伝えた日時」より前です。"),
        in_order("decided_at", "told_at", "「伝えた日時」が「判断した日時」より前です。"),
    ),
)
CALLBACKS = Register(
    name="callbacks",
    title="折返し",
    clause="callbacks",
    write=Right.WRITE_INQUIRY,
    is_about_inquiry=True,
    ending=Ending("折返し未了", "closed_at", fills=("done_at", "done_by", "closed_at")),
    fields=(
        Field("due_on", "期限", FieldKind.DAY),
        Field("done_at", "折返した日時", FieldKind.MOMENT),
        Field("done_by", "折返した人（職員番号）", FieldKind.STAFF),
        Field("call_id", "発信の通話番号", FieldKind.CALL),
        Field(
            "result",
            "結果",
            FieldKind.CHOICE,
            choices={"reached": "話した", "absent": "不在", "unneeded": "不要になった"},
        ),
        Field("reason", "従事者が折返した理由", FieldKind.LABEL),
        Field("closed_at", "完了日時", FieldKind.MOMENT),
    ),
    agreements=(in_order("done_at", "closed_at", "「完了日時」が「折返した日時」より前です。"),),
)
COMPLAINTS = Register(
    name="complaints",
    title="クレームの経過",
    clause="complaint_course",
    write=Right.TELL_THE_CITY,
    is_about_inquiry=True,
    ending=Ending("未終結", "status", code="closed", fills=("closed_on",)),
    fields=(
        Field("demand", "申出者の要求", FieldKind.WORDS),
        Field("course", "対応経過（補足）", FieldKind.WORDS),
        Field(
            "status",
            "現状",
            FieldKind.CHOICE,
            choices={"closed": "終結", "callback": "折返し", "city": "委託者の対応待ち"},
        ),
        Field("closed_on", "終結日", FieldKind.DAY),
        Field("request", "委託者への依頼", FieldKind.WORDS),
        Field("opinion", "受託者の所見", FieldKind.WORDS),
    ),
    agreements=(
        Agreement(
            "closed_on",
            "現状が「終結」のときは「終結日」を入力してください。",
            lambda values: values.get("status") != "closed" or bool(values.get("closed_on")),
        ),
        Agreement(
            "status",
            "「終結日」があるのに、現状が「終結」ではありません。",
            lambda values: not values.get("closed_on") or values.get("status") == "closed",
        ),
    ),
)
COMPLAINT_STEPS = Register(
    name="complaint_steps",
    title="クレームの対応経過",
    clause="complaint_course",
    write=Right.TELL_THE_CITY,
    is_about_inquiry=True,
    identity=("at", "by"),
    fields=(
        Field("at", "日時", FieldKind.MOMENT, is_needed=True),
        Field("by", "対応者（職員番号）", FieldKind.STAFF, is_needed=True),
        Field("what", "内容", FieldKind.WORDS, is_needed=True),
    ),
)
FAQ = Register(
    name="faq",
    title="FAQの版",
    clause="faq",
    write=Right.TELL_THE_CITY,
    identity=("number", "version"),
    ending=Ending("市の確認待ち", "confirmed_on"),
    fields=(
        Field("number", "FAQ番号", FieldKind.LABEL, is_needed=True),
        Field("version", "版", FieldKind.NUMBER, is_needed=True),
        Field("title", "件名", FieldKind.LABEL, is_needed=True),
        Field(
            "change",
            "変更",
            FieldKind.CHOICE,
            is_needed=True,
            choices={"new": "新規", "revised": "改訂", "withdrawn": "取下げ"},
        ),
        Field(
            "asked_by",
            "求めた者",
            FieldKind.CHOICE,
            is_needed=True,
            choices={"city": "市", "centre": "受託者"},
        ),
        Field("reason", "理由", FieldKind.LABEL),
        Field("made_on", "作成日", FieldKind.DAY, is_needed=True),
        Field("reported_on", "市への報告日", FieldKind.DAY),
        Field("confirmed_on", "市の確認日", FieldKind.DAY),
        Field("answer", "回答", FieldKind.TEXT),
    ),
    fixing=Fixing(
        "confirmed_on", ("title", "change", "answer", "confirmed_on"), Right.CONFIRM_PAPER
    ),
)

OUTBOUND = Register(
    name="outbound",
    title="発信業務の記録",
    clause="outbound",
    write=Right.WRITE_INQUIRY,
    identity=("campaign", "case_id", "at"),
    fields=(
        Field("campaign", "発信業務", FieldKind.LABEL, is_needed=True),
        Field("case_id", "案件番号（電話番号・氏名は書かない）", FieldKind.LABEL, is_needed=True),
        Field("at", "架電の日時", FieldKind.MOMENT, is_needed=True),
        Field("by", "架電した人（職員番号）", FieldKind.STAFF, is_needed=True),
        Field("result", "結果", FieldKind.LABEL, is_needed=True),
        Field("call_id", "発信の通話番号", FieldKind.CALL),
    ),
    agreements=(
        Agreement(
            "case_id",
            "「案件番号」は半角の英数字と「-」で、数字を9桁以上続けません（電話番号・氏名は書かない）。",
            lambda values: _is_case_number(values.get("case_id", "")),
        ),
    ),
    own="by",
    own_at="at",
)
"""Attempts of calls that the centre makes as its work, each somebody's own: the client's papers count them."""


def _is_case_number(text: str) -> bool:
    """Whether a text can be a case's number, and no telephone's, whatever stands between its digits."""
    shape = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", text)
    return bool(shape) and not re.search(r"\d(?:-*\d){8}", text)


def registers_under(campaigns: Sequence[Campaign], annex: Annex) -> Mapping[str, Register]:
    """All registers as a contract fills them: attempts take the codes of its campaigns and of their results, and without a campaign
    there is no register of attempts; audits take the numbers of the annex. Pure."""
    others = {name: one for name, one in REGISTERS.items() if name != OUTBOUND.name}
    if annex.standards:
        others[AUDITS.name] = _by_standards(annex)
    if not campaigns:
        return others
    results = {one.code: {result.code: result.label for result in one.results} for one in campaigns}
    every = {code: label for found in results.values() for code, label in found.items()}
    choices = {"campaign": {one.code: one.label for one in campaigns}, "result": every}
    fields = tuple(
        replace(one, kind=FieldKind.CHOICE, choices=choices[one.name]) if one.name in choices else one
        for one in OUTBOUND.fields
    )  # fmt: skip
    fits = Agreement(
        "result",
        "この発信業務にはない結果です。",
        lambda values: values.get("result", "") in results.get(values.get("campaign", ""), {}),
    )
    told = replace(OUTBOUND, fields=fields, agreements=(*OUTBOUND.agreements, fits))
    return {**others, OUTBOUND.name: told}


def _by_standards(annex: Annex) -> Register:
    fields = tuple(
        replace(one, kind=FieldKind.CHOICE, is_needed=True, choices=annex.titles)
        if one.name == "section"
        else one
        for one in AUDITS.fields
    )
    return replace(AUDITS, fields=fields)


REGISTERS: Mapping[str, Register] = {
    one.name: one
    for one in (ESCALATIONS, CALLBACKS, COMPLAINTS, COMPLAINT_STEPS, FAQ, OUTBOUND, *HANDLING)
}
