"""Checks of who signed: the chain of keys, authorisation, start and examination, and where each signer's key is known from.

Keys are PEM, signatures DER in base64. A key is trusted only where the reader has its fingerprint on paper. Nothing is
raised for a signature that is wrong: it is a finding; a statement of another shape is `LogDamaged` (別紙2-13-5).
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from compliance.erasure import shape
from compliance.erasure.offline_findings import Level, Verification
from compliance.erasure.shape import read_shaped
from compliance.errors import LogDamaged
from compliance.keys.signing import PublicKey

AUTHORISATION = "madoguchi/erasure/authorisation"
EXAMINATION = "madoguchi/erasure/examination"
ORDER = "madoguchi/order"
_NO_REVISION = (
    "授権の署名は正しい。市の承諾のどの版への署名かは証明書にないため、確かめていません。"
)


def read_keys(v: Verification, name: str, check: str, given: Sequence[Mapping[str, str]]) -> list[PublicKey]:  # fmt: skip
    """A chain of keys, each signed by the one before; empty, with a finding, where it is not one."""
    keys: list[PublicKey] = []
    for number, one in enumerate(given, start=1):
        try:
            key = PublicKey.from_pem(one["pem"].encode("ascii"))
        except (LogDamaged, UnicodeEncodeError):
            v.add(name, check, Level.RED, f"第{number}号の公開鍵が読めません。")
            return []
        if keys and not keys[-1].has_signed(key.spki, from_base64(one["signature"])):
            v.add(name, check, Level.RED, f"第{number}号の鍵は、前の鍵で署名されていません。")
            return []
        keys.append(key)
    v.judge(name, check, bool(keys), f"署名鍵{len(keys)}本の続きは正しい。", "署名鍵がありません。")
    return keys


def check_trust(v: Verification, name: str, first: PublicKey, paper: str | None) -> None:
    """Whether the first key is the one whose fingerprint the reader has on paper."""
    if paper is None:
        what = f"手交された指紋と比べてください: {first.fingerprint}"
        v.add(name, "fingerprint", Level.YELLOW, what)
    else:
        v.judge(
            name, "fingerprint", first.fingerprint == paper,
            "署名鍵の指紋は、手交されたものと一致。", "署名鍵の指紋が、手交されたものと違います。",
        )  # fmt: skip


def check_authorisation(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    """Whether two others than the executor signed this very case. Where the certificate tells no revision of the consent, nobody can say
    over which they signed: that is not called right."""
    given, consent = d["authorisation"], d["consent"]
    said = read_shaped(given["statement"], shape.AUTHORISATION)
    expected = {
        "statement": AUTHORISATION,
        "case": d["application"]["number"],
        "items_root": d["application"]["items_root"],
        "items_count": d["application"]["items_count"],
        "consent_count": consent["items_count"],
        "consent_evidence_sha256": consent["evidence_sha256"],
        "epoch": d["method"]["epoch_destroyed"],
        "executor": d["executed"]["executor"],
    }
    if "revision" in consent:
        expected["consent_revision"] = consent["revision"]
    signers = {s["staff_id"] for s in given["signatures"]}
    prints = {s["fingerprint"] for s in given["signatures"]}
    is_right = (
        all(said[key] == value for key, value in expected.items())
        and len(signers) >= 2 and len(prints) >= 2 and d["executed"]["executor"] not in signers
        and all(_signed(s, given["statement"]) for s in given["signatures"])
    )  # fmt: skip
    if is_right and "revision" not in consent:
        v.add(name, "authorisation", Level.YELLOW, _NO_REVISION)
    else:
        v.judge(
            name, "authorisation", is_right,
            f"授権は{'、'.join(sorted(signers))}の署名があり、内容と一致。",
            "授権の署名又は内容が一致しません。",
        )  # fmt: skip


def check_order(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    """Whether whoever executed signed the start, over this very case and authorisation."""
    order, case = d["executed"]["order"], d["application"]
    said = read_shaped(order["statement"], shape.ORDER)
    given = read_shaped(d["authorisation"]["statement"], shape.AUTHORISATION)
    expected = {
        "statement": ORDER,
        "act": "erasure_execute",
        "authorisation": given["nonce"],
        "by": d["executed"]["executor"],
        "epoch": d["method"]["epoch_destroyed"],
        "items_root": case["items_root"],
        "object": case["number"],
        "witness": d["executed"]["witness"],
    }
    v.judge(
        name, "order",
        all(said[key] == value for key, value in expected.items()) and _signed(order, order["statement"]),
        f"実施者{d['executed']['executor']}本人が、開始に署名している。",
        "実施者本人の開始の署名が正しくありません。",
    )  # fmt: skip


def check_signers(
    v: Verification, name: str, d: Mapping[str, Any], on_paper: Collection[str]
) -> None:
    """Since when each signer's key is enrolled, and whether it is on the page that the city holds."""
    executed, verified = d["executed"], d["verified"]
    signers = {one["staff_id"]: one for one in d["authorisation"]["signatures"]}
    signers |= {executed["executor"]: executed["order"], verified["verifier"]: verified}
    for staff_id, one in sorted(signers.items()):
        enrolled, print_ = one["enrolled_at"][:10], one["fingerprint"]
        if enrolled > d["application"]["applied_on"]:
            what = f"{staff_id}の署名鍵は、申請（{d['application']['applied_on']}）より後の{enrolled}に登録されています。"  # fmt: skip
            v.add(name, "signers", Level.RED, what)
        elif print_ in on_paper or (not on_paper and one["page"]):
            where = "手交された指紋と一致" if on_paper else f"指紋の用紙{one['page']}にある（受託者の台帳による）"  # fmt: skip
            v.add(name, "signers", Level.GREEN, f"{staff_id}の署名鍵は{enrolled}に登録、{where}。")
        else:
            what = f"{staff_id}の署名鍵（{enrolled}登録）は、市が保管する指紋の用紙にありません: {print_}"  # fmt: skip
            v.add(name, "signers", Level.YELLOW, what)


def check_examination(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    """Whether another person than applicant and executor looked, and signed what they saw."""
    seen = d["verified"]
    said = read_shaped(seen["statement"], shape.EXAMINATION)
    expected = {
        "statement": EXAMINATION,
        "case": d["application"]["number"],
        "items_root": d["application"]["items_root"],
        "results_root": d["items"]["root"],
        "checks": seen["checks"],
    }
    is_other = seen["verifier"] not in (d["executed"]["executor"], d["application"]["applicant"])
    v.judge(
        name, "verification",
        all(said[key] == value for key, value in expected.items())
        and is_other and _signed(seen, seen["statement"]),
        f"検証者{seen['verifier']}は申請者・実施者と別の人で、署名は正しい。",
        "検証の署名、内容又は検証者が正しくありません。",
    )  # fmt: skip


def _signed(one: Mapping[str, str], text: str) -> bool:
    try:
        key = PublicKey.from_pem(one["key"].encode("ascii"))
    except (LogDamaged, UnicodeEncodeError):
        return False
    is_named = key.fingerprint == one["fingerprint"]
    return is_named and key.has_signed(
        text.encode("utf-8", "replace"), from_base64(one["signature"])
    )


def from_base64(text: str) -> bytes:
    """The bytes of a base64 text; none where it is not one."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
