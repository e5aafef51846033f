"""個人情報消去報告書（兼 消去証明書）: page 1 says all without any tool, 別紙1 has the technical facts, 別紙2 how to
check them. Rendered from the members of the signed document (`compliance.erasure.certificate`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.contract.words import ContractWords
from compliance.ground.japan import TOKYO
from reporting.erasure.application import BLANK, KINDS, ON_THE_SERVER, amount, days, grouped
from reporting.paper import wareki
from reporting.paper.typesetting import SIGNABLE, typeset

LAYOUT = Path(__file__).with_name("certificate.typ")
_SURVIVING = {
    "call": "通話録音",
    "message": "預かりメッセージ",
    "inquiry": "対応記録",
    "other": "その他の鍵",
}
RESULTS = {"done": "完了", "caution": "注意付完了", "not_done": "未了", "held": "保留"}


def render(
    members: Mapping[str, Any], names: Mapping[str, str], words: ContractWords, printed_at: datetime
) -> bytes:
    """The certificate as PDF bytes, unsigned; `names` are people's as printed, by staff id;
    `words` are the contract's.

    Raises:
        RenderingFailed: the typesetter refused it.
    """
    return typeset(LAYOUT, texts(members, names, words), printed_at.astimezone(TOKYO), SIGNABLE)


def texts(d: Mapping[str, Any], names: Mapping[str, str], words: ContractWords) -> dict[str, Any]:
    """Everything that the pages print. Pure."""
    items, consent, application = d["items"], d["consent"], d["application"]
    results = items["results"]
    return {
        "title": "個人情報消去報告書（兼　消去証明書）",
        "number": d["number"],
        "grounds": words.grounds("certificate_basis"),
        "date": wareki.plain(_day(d["issued_at"])),
        "recipient": d["client"],
        "contractor": d["contractor"] or BLANK,
        "work_name": d["work"],
        "application": f"{application['number']}（{wareki.plain(date.fromisoformat(application['applied_on']))}）",
        "consent": _consent(consent),
        "conditions": consent["conditions"] or "なし",
        "begun": _moment(d["executed"]["begun_at"]),
        "ended": _moment(d["executed"]["ended_at"]),
        "executor": _person(d["executed"]["executor"], names),
        "witness": d["executed"]["witness"] or "なし（市から求めなし）",
        "rows": _rows(d),
        "sum": f"承諾 {consent['items_count']:,}件 ＝ "
        + " ＋ ".join(f"{RESULTS[key]} {results[key]:,}件" for key in RESULTS),
        "judgement": _judgement(d),
        "is_complete": results["done"] == items["count"],
        "remarks": _remarks(d),
        "verifier": _person(d["verified"]["verifier"], names),
        "verified_at": _moment(d["verified"]["at"]),
        "checks": _checks(d["verified"]["checks"], results, d["exchange"]),
        "limits": d["limits"],
        "facts": _facts(d, words),
        "end": _end(d),
        "devices": [
            (
                one["kind"],
                f"{one['device']}（{one['serial']}）",
                one["software"] or BLANK,
                wareki.plain(date.fromisoformat(one["done_on"])) if one["done_on"] else "未了",
                grouped(one["evidence_sha256"][:16]) or "証拠なし",
            )
            for one in d["external"]["devices"]
        ],
        "fingerprint": grouped(d["signed_by"]),
        "root": grouped(items["root"]),
        "signers": _signers(d, names),
        "key_copies": [
            (f"控え{one['copy']}", f"第{one['epoch']}期", RESULTS[one["result"]])
            for one in d["key_copies"]
        ],
        "steps": [
            "受け取ったフォルダーの verify.html をダブルクリックで開く（通信はしません）。",
            "同じフォルダーのファイルすべて（json、json.sig、jsonl、pdf）を画面に入れる。",
            "画面の「署名鍵の指紋」を、開始時に手交された紙の指紋と一字ずつ比べる。",
            "赤が出たときは、受け取らず、保護管理者へ連絡する。黄は、比べる相手が足りないことを示す。",
            "別の方法：openssl dgst -sha256 -verify 公開鍵 -signature 証明書.json.sig 証明書.json",
        ],
    }  # fmt: skip


def _rows(d: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """消去の内容: one row for each kind, with the media that it lay on."""
    return [
        (
            str(number),
            KINDS[one["kind"]],
            days(date.fromisoformat(one["first_day"]), date.fromisoformat(one["last_day"])),
            "、".join(_medium(medium) for medium in d["media"] if medium["place"] in one["places"])
            or ON_THE_SERVER.get(one["kind"], "なし"),
            amount(one["count"], one["bytes"]).replace("（", "\n（"),
            "暗号化消去",
            _told(one["results"]),
        )
        for number, one in enumerate(d["items"]["kinds"], start=1)
    ]


def _told(results: Mapping[str, int]) -> str:
    """完了, or every result with its number where there is more than one."""
    found = [(RESULTS[key], count) for key, count in results.items() if count]
    if len(found) == 1:
        return found[0][0]
    return "\n".join(f"{title} {count:,}件" for title, count in found)


def _medium(one: Mapping[str, Any]) -> str:
    if one["place"] == "online":
        return "サーバー（手元）"
    return f"{one['place']}（{one['serial']}、{one['kept_at'] or '保管場所 ' + BLANK}）"


def _judgement(d: Mapping[str, Any]) -> str:
    """What may be said of the whole in one word: while a voice lies in clear on the exchange, part of it is not done."""
    results, left = d["items"]["results"], d["exchange"]["left"]
    if left:
        return f"一部未了（電話交換機に元の音声{left:,}件が残っている）"
    if results["not_done"]:
        return "一部未了"
    if results["caution"]:
        return "注意付完了（下の注意のとおり）"
    return "完了（保留を除く）" if results["held"] else "完了"


def _signers(d: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Everybody who signed: as what, who, when, since when their key is enrolled and on which page the city has it, the key."""
    executed, verified = d["executed"], d["verified"]
    signed = [
        ("授権", one["staff_id"], one["signed_at"], one) for one in d["authorisation"]["signatures"]
    ]
    signed.append(
        ("実施の開始", executed["executor"], executed["order"]["signed_at"], executed["order"])
    )
    signed.append(("検証", verified["verifier"], verified["at"], verified))
    return [
        (
            role,
            _person(staff_id, names),
            _moment(at),
            f"{wareki.plain(_day(one['enrolled_at']))}\n{one['page'] or '手交された用紙になし'}",
            grouped(one["fingerprint"]),
        )
        for role, staff_id, at, one in signed
    ]


def _remarks(d: Mapping[str, Any]) -> list[str]:
    """What whoever reads page 1 must not miss."""
    found = []
    exchange = d["exchange"]
    if exchange["left"]:
        found.append(
            f"{exchange['left']:,}件は、電話交換機に元の音声が暗号化されずに残っている。取り除くまで聞くことができ、その件は消去が"
            "終わっていない。取り除いたときに報告する。"
        )
    if exchange["unseen"]:
        found.append(
            f"{exchange['unseen']:,}件は、電話交換機に元の音声が残っているかを確かめられなかった。確かめ次第報告する。"
        )
    if missing := [one for one in _signers(d, {}) if one[3].endswith("なし")]:
        found.append(
            f"{'、'.join(sorted({one[1] for one in missing}))}の署名鍵の指紋は、市に手交した用紙にまだ載っていない。"
        )
    for one in d["media"]:
        if one["result"] == "caution":
            found.append(
                f"媒体 {one['place']} は消去の時に接続されておらず、暗号化されたままの写し{one['items']:,}件が残って"
                "いる。鍵は破棄済みで、接続後に削除する。"
            )
    for one in d["key_copies"]:
        if one["result"] == "caution":
            found.append(
                f"鍵の控え{one['copy']}に届かなかった。届くまでは、その控えと以前の写しを併せ持つ者は復号できる。"
                "届き次第破棄し、報告する。"
            )
    if d["exported_items"]:
        found.append(
            f"{d['exported_items']:,}件は、過去に持出しがある。持ち出した写しは本書の対象外である（持出台帳）。"
        )
    if d["items"]["results"]["held"]:
        found.append(
            f"{d['items']['results']['held']:,}件は、承諾後に苦情・事故等のため保全され、消去していない。"
        )
    return found


def _end(d: Mapping[str, Any]) -> str:
    """At the contract's end: may it be said that all is erased? Blank for a batch within the contract."""
    if not d["application"]["is_contract_end"]:
        return ""
    results = d["items"]["results"]
    is_erased = results["done"] == d["items"]["count"]
    if is_erased and d["external"]["is_complete"]:
        return "契約終了に伴う消去：完了（当システム及び別記の機器のすべて）"
    missing = [] if is_erased else ["当システムに未完了又は注意付きの項目がある"]
    if not d["external"]["is_complete"]:
        missing.append("電話交換機・サーバー等の消去の証拠がそろっていない（別記）")
    return f"契約終了に伴う消去：未了（{'、'.join(missing)}）"


def _consent(consent: Mapping[str, Any]) -> str:
    number = f"{consent['number']}、" if consent["number"] else ""
    dated = wareki.plain(date.fromisoformat(consent["dated_on"]))
    return f"{number}{dated}、{consent['consented_by']}、{consent['evidence_kind']}"


def _checks(
    checks: Mapping[str, Any], results: Mapping[str, int], exchange: Mapping[str, int]
) -> list[str]:
    erased = results["done"] + results["caution"]
    return [
        f"鍵がないこと：全{erased:,}件中 {checks['keys_absent']:,}件",
        f"暗号化されたファイルがないこと：{checks['files_absent']:,}か所（{checks['media']}）",
        "残すものの鍵が開くこと："
        + "、".join(
            f"{title} {checks[f'survivors_{kind}']:,}件" for kind, title in _SURVIVING.items()
        ),
        f"電話交換機に元の音声がないこと：{exchange['looked']:,}件を{_files(checks)}内容で照合（実施時に削除 {exchange['removed']:,}件、"
        f"検証時に残るもの {exchange['left']:,}件、照合できないもの {exchange['unseen']:,}件）",
        f"鍵の控えが今の鍵だけであること：{checks['key_copies']}組",
    ]


def _files(checks: Mapping[str, Any]) -> str:
    """With how many files of the exchange; blank of what was verified before that was counted."""
    count = checks.get("sources_compared")
    return "" if count is None else f"、交換機の音声ファイル{count:,}個と"


def _facts(d: Mapping[str, Any], words: ContractWords) -> list[tuple[str, str]]:
    method, clause = d["method"], words.clause("log_retention")
    kept = f"{clause}、" if clause else ""
    return [
        ("方法", method["title"]),
        ("アルゴリズム", method["algorithm"]),
        ("破棄した時期鍵", f"第{method['epoch_destroyed']}期"),
        ("ソフトウェア", method["tool"]),
        ("申請の項目の照合値", grouped(d["application"]["items_root"])),
        ("申請書の照合値", grouped(d["application"]["document_sha256"])),
        ("承諾の証拠の照合値", grouped(d["consent"]["evidence_sha256"])),
        ("前の証明書の照合値", grouped(d["previous"]) or "なし（最初の証明書）"),
        (
            "監査記録の保存",
            f"{wareki.plain(date.fromisoformat(d['log_kept_until']))}の前日まで（{kept}その後に消去）",
        ),
        ("監査記録（着手前）", _checkpoint(d["log"]["before"])),
        ("監査記録（検証後）", _checkpoint(d["log"]["after"])),
    ]


def _checkpoint(note: str) -> str:
    _, size, root, *_ = note.split("\n")
    return f"{size}:{root}"


def _person(staff_id: str, names: Mapping[str, str]) -> str:
    name = names.get(staff_id, "")
    return f"{name}（{staff_id}）" if name else staff_id


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).date()


def _moment(moment: str) -> str:
    return wareki.moment(datetime.fromisoformat(moment))
