"""Checks a certificate of erasure with nothing of ours but its files: no server, no database, no network.

`check(files, fingerprint)` looks at everything that lies in a folder or is named: certificates with their signatures,
item lists, PDFs, printed checkpoints. Each finding names the artefact and the check; for lists, the item. RED: it is
not what was signed. YELLOW: it could not be compared, and with what it has to be compared. A key is trusted only where
the reader has its fingerprint on paper: what lies beside what it signed proves nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from compliance.audit.checkpoint import Checkpoint, read_note, read_shown
from compliance.audit.tree import is_consistent, is_included, leaf_hash
from compliance.erasure import shape
from compliance.erasure.items import HINT, RESULT, applied_lines, hints, read_line, root
from compliance.erasure.shape import CERTIFICATE, misfit, read_json, read_shaped
from compliance.errors import LogDamaged
from compliance.keys.signing import PublicKey

FORMAT = "madoguchi/erasure-certificate/2"
AUTHORISATION = "madoguchi/erasure/authorisation"
EXAMINATION = "madoguchi/erasure/examination"
ORDER = "madoguchi/order"
ENTRIES = ("erasure_begun", "erasure_done", "erasure_verified")
_RESULTS = ("done", "caution", "not_done", "held")


class Level(StrEnum):
    """How a check ended."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One check of one artefact; `what` is for a reader, in Japanese."""

    artefact: str
    check: str
    level: Level
    what: str


@dataclass(slots=True)
class Verification:
    """All checks of all artefacts, in order. `fingerprints` are the first keys', by artefact."""

    findings: list[CheckFinding] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """The worst of all; YELLOW where there was nothing to look at."""
        levels = {finding.level for finding in self.findings}
        if Level.RED in levels:
            return Level.RED
        return Level.YELLOW if Level.YELLOW in levels or not levels else Level.GREEN

    def add(self, artefact: str, check: str, level: Level, what: str) -> None:
        """Note one check."""
        self.findings.append(CheckFinding(artefact, check, level, what))

    def judge(self, artefact: str, check: str, is_right: bool, right: str, wrong: str) -> bool:
        """Note a check that is right or wrong."""
        self.add(artefact, check, Level.GREEN if is_right else Level.RED, right if is_right else wrong)  # fmt: skip
        return is_right


MANIFEST = re.compile(r"(?:.*/)?manifest(?:_r\d+)?\.json")
"""What goes with each paper on a medium and is no certificate; a certificate under such a name is not looked at, nor told of."""


def gather(paths: Iterable[Path]) -> dict[str, bytes]:
    """The files of folders and paths by name; a name that is there twice keeps its folder."""
    found: dict[str, bytes] = {}
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for one in inside:
            name = one.name if one.name not in found else f"{one.parent.name}/{one.name}"
            found[name] = one.read_bytes()
    return found


def check(
    files: Mapping[str, bytes],
    fingerprint: str | None = None,
    checkpoints: Sequence[str] = (),
    signers: Sequence[str] = (),
) -> Verification:
    """Check everything that is there. `fingerprint` is the certificates' first key as the reader has it on paper
    (spaces and case do not matter), `checkpoints` are printed ones (`142:base64`), `signers` the fingerprints of people's keys
    on that paper; without these the certificate's own word stands for which page they are on."""
    verdict = Verification()
    paper = _plain(fingerprint) if fingerprint else None
    on_paper = frozenset(_plain(one) for one in signers)
    documents = {
        name: members
        for name, content in files.items()
        if name.endswith(".json")
        and not MANIFEST.fullmatch(name)
        and (members := _document(name, content, verdict)) is not None
    }
    if not documents:
        verdict.add("", "document", Level.YELLOW, "消去証明書（json）がありません。")
    known = {hashlib.sha256(content).hexdigest(): name for name, content in files.items()}
    for name, members in documents.items():
        try:
            _check_document(verdict, name, members, files, known, paper)
            _check_signers(verdict, name, members, on_paper)
            _check_known_checkpoints(verdict, name, members, checkpoints)
        except LogDamaged as error:
            verdict.add(name, "form", Level.RED, _misshapen(str(error)))
        except ValueError as error:
            verdict.add(name, "form", Level.RED, _misshapen(type(error).__name__))
    return verdict


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).lower()


def _misshapen(place: str) -> str:
    return f"証明書の項目が欠けているか形が違います（{place}）。"


def _document(name: str, content: bytes, verdict: Verification) -> dict[str, Any] | None:
    try:
        members = read_json(content.decode("utf-8-sig"))
    except ValueError:
        verdict.add(name, "form", Level.RED, "JSONとして読めません。変更されています。")
        return None
    if not isinstance(members, dict) or members.get("format") != FORMAT:
        verdict.add(name, "form", Level.RED, "消去証明書の形式ではありません。")
        return None
    if (place := misfit(members, CERTIFICATE)) is not None:
        verdict.add(name, "form", Level.RED, _misshapen(place))
        return None
    return members


def _check_document(
    v: Verification,
    name: str,
    d: Mapping[str, Any],
    files: Mapping[str, bytes],
    known: Mapping[str, str],
    paper: str | None,
) -> None:
    keys = _chain(v, name, "keys", d["keys"])
    if keys:
        v.fingerprints[name] = keys[0].fingerprint
        _check_trust(v, name, keys[0], paper)
    signature = files.get(f"{name}.sig")
    if signature is None:
        v.add(f"{name}.sig", "signature", Level.RED, "署名ファイルがありません。")
    elif keys:
        v.judge(
            name, "signature", keys[-1].has_signed(files[name], signature),
            "証明書の署名は正しい。", "証明書又は署名ファイルが、署名したときのものではありません。",
        )  # fmt: skip
    _check_previous(v, name, d, known)
    _check_counts(v, name, d)
    _check_list(v, d, files)
    _check_pdf(v, d, files)
    _check_authorisation(v, name, d)
    _check_order(v, name, d)
    _check_exchange(v, name, d)
    _check_examination(v, name, d)
    _check_log(v, name, d)


def _chain(v: Verification, name: str, check: str, given: Sequence[Mapping[str, str]]) -> list[PublicKey]:  # fmt: skip
    keys: list[PublicKey] = []
    for number, one in enumerate(given, start=1):
        try:
            key = PublicKey.from_pem(one["pem"].encode("ascii"))
        except (LogDamaged, UnicodeEncodeError):
            v.add(name, check, Level.RED, f"第{number}号の公開鍵が読めません。")
            return []
        if keys and not keys[-1].has_signed(key.spki, _bytes(one["signature"])):
            v.add(name, check, Level.RED, f"第{number}号の鍵は、前の鍵で署名されていません。")
            return []
        keys.append(key)
    v.judge(name, check, bool(keys), f"署名鍵{len(keys)}本の続きは正しい。", "署名鍵がありません。")
    return keys


def _check_trust(v: Verification, name: str, first: PublicKey, paper: str | None) -> None:
    if paper is None:
        what = f"手交された指紋と比べてください: {first.fingerprint}"
        v.add(name, "fingerprint", Level.YELLOW, what)
    else:
        v.judge(
            name, "fingerprint", first.fingerprint == paper,
            "署名鍵の指紋は、手交されたものと一致。", "署名鍵の指紋が、手交されたものと違います。",
        )  # fmt: skip


def _check_previous(
    v: Verification, name: str, d: Mapping[str, Any], known: Mapping[str, str]
) -> None:
    previous = d["previous"]
    if not previous:
        v.judge(
            name, "previous", d["number"] == "C-0001",
            "最初の証明書。", "前の証明書の番号がありません。",
        )  # fmt: skip
    elif previous in known:
        v.add(name, "previous", Level.GREEN, f"前の証明書（{known[previous]}）に続いている。")
    else:
        v.add(name, "previous", Level.YELLOW, f"前の証明書（SHA-256 {previous}）も一緒に選んでください。")  # fmt: skip


def _check_counts(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    results, count = d["items"]["results"], d["items"]["count"]
    v.judge(
        name, "counts",
        sum(results[name] for name in _RESULTS) == count == d["consent"]["items_count"] == d["application"]["items_count"],
        f"承諾数{count}＝完了{results['done']}＋注意付完了{results['caution']}＋未了{results['not_done']}"
        f"＋保留{results['held']}。",
        "承諾された数量と結果の合計が一致しません。",
    )  # fmt: skip


def _check_list(v: Verification, d: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """The item list: found by its digest, else by its name, and then told item by item."""
    place, is_right = _companion(d, files, ".jsonl", d["documents"]["items_sha256"])
    if place is None:
        v.add("items.jsonl", "items", Level.YELLOW, "項目一覧（jsonl）も一緒に選んでください。")
        return
    lines = files[place].split(b"\n")
    whole = lines[:-1] if lines[-1] == b"" else lines
    items = d["items"]
    for wrong in _wrong_items(whole, _bytes(items["hints"]), items["count"]):
        v.add(place, "items", Level.RED, wrong)
    read: list[dict[str, Any]] = []
    for line in whole:
        try:
            read.append(read_line(line))
        except LogDamaged:
            break
    is_whole = len(read) == len(whole) == items["count"]
    v.judge(
        place, "items root", is_whole and root(whole).hex() == items["root"] and is_right,
        f"{items['count']}項目すべてが証明書のとおり。", "項目一覧が、証明書のものではありません。",
    )  # fmt: skip
    if not is_whole:
        return
    v.judge(
        place, "items consented", root(applied_lines(read)).hex() == d["application"]["items_root"],
        "申請・承諾された項目と同じ。", "申請・承諾された項目と違います。",
    )  # fmt: skip
    counted = dict.fromkeys(items["results"], 0)
    for item in read:
        counted[item[RESULT]] = counted.get(item[RESULT], 0) + 1
    v.judge(
        place, "items results", counted == items["results"],
        "結果ごとの数は証明書のとおり。", "結果ごとの数が証明書と違います。",
    )  # fmt: skip


def _wrong_items(lines: Sequence[bytes], hint: bytes, count: int) -> Iterator[str]:
    if len(lines) != count:
        yield f"項目が{len(lines)}件あります。証明書では{count}件です。"
    found = hints(lines)
    for number in range(min(len(lines), count)):
        at = number * HINT
        if found[at : at + HINT] != hint[at : at + HINT]:
            yield f"第{number + 1}項目が変更されています。"
            if len(lines) != count:
                return


def _companion(
    d: Mapping[str, Any], files: Mapping[str, bytes], ending: str, sha256: str
) -> tuple[str | None, bool]:
    """The file that belongs to a certificate, and whether it is the one: by its digest, else by the certificate's
    number in its name."""
    of_kind = [name for name in files if name.lower().endswith(ending)]
    named = [name for name in of_kind if d["number"] in name]
    for name in (*named, *of_kind):
        if hashlib.sha256(files[name]).hexdigest() == sha256:
            return name, True
    return (named[0], False) if named else (None, False)


def _check_pdf(v: Verification, d: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    place, is_right = _companion(d, files, ".pdf", d["documents"]["pdf_sha256"])
    if place is None:
        v.add(f"{d['number']}.pdf", "pdf", Level.YELLOW, "PDFも一緒に選んでください。")
    else:
        v.judge(
            place, "pdf", is_right, "PDFは証明書のもの。", "PDFが、証明書のものではありません。"
        )


def _check_authorisation(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    given = d["authorisation"]
    said = read_shaped(given["statement"], shape.AUTHORISATION)
    expected = {
        "statement": AUTHORISATION,
        "case": d["application"]["number"],
        "items_root": d["application"]["items_root"],
        "items_count": d["application"]["items_count"],
        "consent_count": d["consent"]["items_count"],
        "consent_evidence_sha256": d["consent"]["evidence_sha256"],
        "epoch": d["method"]["epoch_destroyed"],
        "executor": d["executed"]["executor"],
    }
    signers = {s["staff_id"] for s in given["signatures"]}
    prints = {s["fingerprint"] for s in given["signatures"]}
    v.judge(
        name, "authorisation",
        all(said[key] == value for key, value in expected.items())
        and len(signers) >= 2 and len(prints) >= 2 and d["executed"]["executor"] not in signers
        and all(_signed(s, given["statement"]) for s in given["signatures"]),
        f"授権は{'、'.join(sorted(signers))}の署名があり、内容と一致。",
        "授権の署名又は内容が一致しません。",
    )  # fmt: skip


def _check_order(v: Verification, name: str, d: Mapping[str, Any]) -> None:
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


def _check_exchange(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    """What the exchange still had when it was looked at last; a certificate that knows of it and says 完了 lies."""
    found, results, checks = d["exchange"], d["items"]["results"], d["verified"]["checks"]
    remains = found["left"] + found["unseen"]
    if found["left"] != checks.get("sources_left") or (remains and not results["caution"]):
        v.add(name, "exchange", Level.RED, "電話交換機の照合の記載が、検証の署名又は結果と一致しません。")  # fmt: skip
    elif remains:
        what = f"電話交換機に元の音声が{found['left']}件残り、{found['unseen']}件は照合できていません。"
        v.add(name, "exchange", Level.YELLOW, what)
    else:
        files = checks.get("sources_compared")
        against = f"交換機の音声ファイル{files}個と" if isinstance(files, int) else ""
        what = f"電話交換機に元の音声は残っていない（{found['looked']}件を{against}照合、うち{found['removed']}件を削除）。"  # fmt: skip
        v.add(name, "exchange", Level.GREEN, what)


def _check_signers(
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


def _check_examination(v: Verification, name: str, d: Mapping[str, Any]) -> None:
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


def _check_log(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    log = d["log"]
    keys = _chain(v, name, "log keys", log["keys"])
    try:
        before = read_note(log["before"].encode("utf-8", "replace"), keys)[0]
        after = read_note(log["after"].encode("utf-8", "replace"), keys)[0]
    except LogDamaged:
        v.add(name, "log checkpoints", Level.RED, "監査記録の署名付き検証値が正しくありません。")
        return
    v.add(name, "log checkpoints", Level.GREEN, f"監査記録の検証値は署名どおり（{before.size}→{after.size}）。")  # fmt: skip
    proof = [_bytes(step) for step in log["consistency"]]
    v.judge(
        name, "log consistency",
        is_consistent(before.size, after.size, before.root, after.root, proof),
        "監査記録は書き換えられずに続いている。", "監査記録が、前の検証値の続きではありません。",
    )  # fmt: skip
    v.judge(
        name, "log entries", _has_entries(log["entries"], d["application"]["number"], before, after),
        "着手・完了・検証の記録が監査記録にある。", "着手・完了・検証の記録が監査記録にありません。",
    )  # fmt: skip


def _has_entries(
    entries: Sequence[Mapping[str, Any]], case: str, before: Checkpoint, after: Checkpoint
) -> bool:
    places = [one["index"] for one in entries]
    said = [read_shaped(one["entry"], shape.ENTRY) for one in entries]
    return (
        tuple(entry["action"] for entry in said) == ENTRIES
        and all(entry["object_id"] == case and entry["result"] == "done" for entry in said)
        and places == sorted(places)
        and all(
            before.size <= one["index"]
            and is_included(
                one["index"],
                after.size,
                leaf_hash(one["entry"].encode("utf-8", "replace")),
                [_bytes(step) for step in one["path"]],
                after.root,
            )
            for one in entries
        )
    )


def _check_known_checkpoints(
    v: Verification, name: str, d: Mapping[str, Any], printed: Sequence[str]
) -> None:
    """Checkpoints that the reader has on papers: those of the same size must say the same."""
    said = {}
    for note in (d["log"]["before"], d["log"]["after"]):
        parts = note.split("\n")
        if len(parts) > 2:
            said[parts[1]] = parts[2]
    for shown in printed:
        try:
            one = read_shown(shown)
        except LogDamaged:
            v.add(shown, "printed checkpoint", Level.RED, "検証値の形ではありません（例 142:…）。")
            continue
        root_said = said.get(str(one.size))
        if root_said is None:
            what = f"{name}とは大きさが違うため、比べられません。"
            v.add(shown, "printed checkpoint", Level.YELLOW, what)
        else:
            v.judge(
                shown, "printed checkpoint", root_said == shown.partition(":")[2],
                f"{name}の検証値と一致。", f"{name}の検証値と違います。",
            )  # fmt: skip


def _signed(one: Mapping[str, str], text: str) -> bool:
    try:
        key = PublicKey.from_pem(one["key"].encode("ascii"))
    except (LogDamaged, UnicodeEncodeError):
        return False
    is_named = key.fingerprint == one["fingerprint"]
    return is_named and key.has_signed(text.encode("utf-8", "replace"), _bytes(one["signature"]))


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
