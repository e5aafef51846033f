"""Checks a certificate of erasure with nothing of ours but its files: no server, no database, no network.

`check(files, fingerprint)` looks at everything that lies in a folder or is named: certificates with their signatures,
item lists, PDFs, printed checkpoints. Each finding names the artefact and the check; for lists, the item. RED: it is
not what was signed. YELLOW: it could not be compared, and with what it has to be compared. A key is trusted only where
the reader has its fingerprint on paper: what lies beside what it signed proves nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compliance.erasure.offline_findings import Level, Verification
from compliance.erasure.offline_items import check_counts, check_list, check_pdf
from compliance.erasure.offline_log import check_known_checkpoints, check_log
from compliance.erasure.offline_signatures import (
    check_authorisation,
    check_examination,
    check_order,
    check_signers,
    check_trust,
    read_keys,
)
from compliance.erasure.shape import CERTIFICATE, misfit, read_json
from compliance.errors import LogDamaged

FORMAT = "madoguchi/erasure-certificate/2"
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
            check_signers(verdict, name, members, on_paper)
            check_known_checkpoints(verdict, name, members, checkpoints)
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
    keys = read_keys(v, name, "keys", d["keys"])
    if keys:
        v.fingerprints[name] = keys[0].fingerprint
        check_trust(v, name, keys[0], paper)
    signature = files.get(f"{name}.sig")
    if signature is None:
        v.add(f"{name}.sig", "signature", Level.RED, "署名ファイルがありません。")
    elif keys:
        v.judge(
            name, "signature", keys[-1].has_signed(files[name], signature),
            "証明書の署名は正しい。", "証明書又は署名ファイルが、署名したときのものではありません。",
        )  # fmt: skip
    _check_previous(v, name, d, known)
    check_counts(v, name, d)
    check_list(v, d, files)
    check_pdf(v, d, files)
    check_authorisation(v, name, d)
    check_order(v, name, d)
    _check_exchange(v, name, d)
    check_examination(v, name, d)
    check_log(v, name, d)


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
