"""Checks of a certificate's companions: its item list, told item by item, its counts, and its PDF (別紙2-13-5).

Digests are SHA-256 in hexadecimal. Nothing is raised for what is wrong: it is a finding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compliance.erasure.items import HINT, RESULT, applied_lines, hints, read_line, root
from compliance.erasure.offline_findings import Level, Verification
from compliance.erasure.offline_signatures import from_base64
from compliance.errors import LogDamaged

_RESULTS = ("done", "caution", "not_done", "held")


def check_counts(v: Verification, name: str, d: Mapping[str, Any]) -> None:
    """Whether the results add up to what was applied for and consented to."""
    results, count = d["items"]["results"], d["items"]["count"]
    v.judge(
        name, "counts",
        sum(results[name] for name in _RESULTS) == count == d["consent"]["items_count"] == d["application"]["items_count"],
        f"承諾数{count}＝完了{results['done']}＋注意付完了{results['caution']}＋未了{results['not_done']}"
        f"＋保留{results['held']}。",
        "承諾された数量と結果の合計が一致しません。",
    )  # fmt: skip


def check_list(v: Verification, d: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """The item list: found by its digest, else by its name, and then told item by item."""
    place, is_right = _companion(d, files, ".jsonl", d["documents"]["items_sha256"])
    if place is None:
        v.add("items.jsonl", "items", Level.YELLOW, "項目一覧（jsonl）も一緒に選んでください。")
        return
    lines = files[place].split(b"\n")
    whole = lines[:-1] if lines[-1] == b"" else lines
    items = d["items"]
    for wrong in _wrong_items(whole, from_base64(items["hints"]), items["count"]):
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


def check_pdf(v: Verification, d: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """The PDF: found by its digest, else by its name."""
    place, is_right = _companion(d, files, ".pdf", d["documents"]["pdf_sha256"])
    if place is None:
        v.add(f"{d['number']}.pdf", "pdf", Level.YELLOW, "PDFも一緒に選んでください。")
    else:
        v.judge(
            place, "pdf", is_right, "PDFは証明書のもの。", "PDFが、証明書のものではありません。"
        )
