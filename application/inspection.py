"""The inspection pack for an audit (別紙2-15): registers, checks, papers' manifests, certificates, the log with its proofs, in one
archive that anybody can check without this programme. It holds no citizen: no word, no number, no recording."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from html import escape
from urllib.parse import quote

from application.home.session import outlook
from application.people import ActingHome
from application.sheets import csv_of
from application.today import brief_of
from compliance.audit.log import AuditLog
from compliance.audit.verify import verify
from compliance.contract.words import ContractWords
from compliance.ground.japan import civil
from compliance.inventory import tables
from compliance.people.present import persons
from compliance.registers import sheet
from compliance.registers.entries import entries
from compliance.registers.known import REGISTERS, registers_under
from compliance.vault.catalogue import counts
from reporting.paper import wareki

SUMS, INDEX = "SHA256SUMS", "目次.html"
_PEOPLE = ("職員番号", "役割", "開始", "終了", "市への報告", "研修", "誓約")
_READ_ME = """監査用一式{cited}

目次.html    どこに何があるか
registers/   台帳（市民・相手の言葉を除く）。people.csv は従事者（番号のみ）
papers/      提出書類の照合値（manifest）
erasure/     消去証明書一式。各フォルダの verify.html を開くと、その場で検証できます
audit/       監査記録、署名付きの検査点、公開鍵。形式は docs/formats.md のとおり
state.json   この時点の検証結果、保有件数、期限の状況

完全性：sha256sum -c SHA256SUMS
"""


def inspection_pack(place: ActingHome) -> bytes:
    """The archive's bytes; what waited for the log is signed into it first."""
    log = AuditLog(place.home)
    if log.drain(place.engine):
        log.checkpoint()
    files = dict(sorted(_files(place)))
    files[INDEX] = _index(place, files)
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    files[SUMS] = sums.encode()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return held.getvalue()


def _files(place: ActingHome) -> Iterator[tuple[str, bytes]]:
    yield (
        "はじめに.txt",
        _READ_ME.format(cited=place.settings.contract.words.cited("inspection")).encode(),
    )
    contract = place.settings.contract
    filled = registers_under(contract.campaigns, contract.words.annex)
    for register in (filled.get(name, one) for name, one in REGISTERS.items()):
        rows = [
            {
                "番号": e.entry_id,
                "版": str(e.revision),
                "対応記録": e.about,
                **{f.title: sheet.shown(f, e.get(f.name)) for f in register.plain},
            }
            for e in entries(place.engine, register)
        ]
        headings = ("番号", "版", "対応記録", *(f.title for f in register.plain))
        yield f"registers/{register.name}.csv", csv_of(headings, rows)
    yield "registers/people.csv", csv_of(_PEOPLE, _people(place))
    for path in sorted(place.home.outbox.glob("*/*/manifest*.json")):
        yield f"papers/{path.relative_to(place.home.outbox).as_posix()}", path.read_bytes()
    for path in sorted((place.home.outbox / "erasure").rglob("*")):
        if path.is_file():
            yield path.relative_to(place.home.outbox).as_posix(), path.read_bytes()
    for path in sorted(place.home.audit.rglob("*")):
        if path.is_file():
            yield path.relative_to(place.home.root).as_posix(), path.read_bytes()
    yield "state.json", _state(place)


def _index(place: ActingHome, files: Mapping[str, bytes]) -> bytes:
    """A page that says in Japanese what lies where: every file with what it holds and how many rows."""
    titles = {one.kind: one.title for one in place.contract.deliverables}
    rows = "".join(
        f'<tr><td><a href="{quote(name)}">{escape(name)}</a></td><td>{escape(_content_of(name, titles, place.settings.contract.words))}</td>'
        f"<td>{_rows_of(name, content)}</td></tr>"
        for name, content in sorted(files.items())
    )
    at = wareki.moment(civil(place.now))
    words = place.settings.contract.words
    purpose = f"{words.clause('inspection')}の" if words.clause("inspection") else ""
    return (
        '<!doctype html><html lang="ja"><meta charset="utf-8"><title>監査用一式　目次</title>'
        "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #888;padding:.3em .6em;"
        "text-align:left}</style>"
        f"<h1>監査用一式　目次</h1><p>{escape(place.contract.parties.work_name)}　作成 {at}</p>"
        f"<p>{escape(purpose)}監査・調査のためのものです。市民の氏名・電話番号・言葉・録音は含みません。</p>"
        f"<table><tr><th>ファイル</th><th>内容</th><th>件数</th></tr>{rows}</table>"
        f"<p>完全性：<code>sha256sum -c {SUMS}</code></p></html>\n"
    ).encode()


_FOLDERS = {
    "audit": "監査記録（署名付きの検査点、公開鍵）",
    "erasure": "消去の申請・証明書",
    "papers": "提出書類の照合値",
}


def _content_of(name: str, titles: Mapping[str, str], words: ContractWords) -> str:
    """What a file of the pack holds, in a few words."""
    folder, _, rest = name.partition("/")
    if folder == "registers":
        register = REGISTERS.get(rest.removesuffix(".csv"))
        return (
            f"台帳：{register.title}{words.cited(register.clause)}"
            if register
            else "台帳：従事者（番号のみ）"
        )
    if folder == "papers":
        kind, period, _ = rest.split("/")
        return f"{_FOLDERS[folder]}：{titles.get(kind, '届・申請・報告')}　{period}"
    return _FOLDERS.get(folder) or {
        "state.json": "検証結果・保有件数・期限",
        "はじめに.txt": "はじめに",
    }.get(name, "")


def _rows_of(name: str, content: bytes) -> str:
    return f"{max(0, len(content.splitlines()) - 1):,}件" if name.endswith(".csv") else "―"


def _people(place: ActingHome) -> list[dict[str, str]]:
    return [
        {
            "職員番号": one.staff_id,
            "役割": "・".join(sorted(role.title_ja for role in one.roles)),
            **{
                title: str(day or "")
                for title, day in zip(
                    _PEOPLE[2:],
                    (one.starts_on, one.ends_on, one.reported_on, one.trained_on, one.pledged_on),
                    strict=True,
                )
            },
        }
        for one in persons(place.engine, place.first_day).values()
    ]


def _state(place: ActingHome) -> bytes:
    verdict = verify(AuditLog(place.home).folder)
    with outlook(place.settings, place.now) as look:
        brief = brief_of(look)
    state = {
        "at": place.now.isoformat(),
        "log": {"is_right": verdict.is_right, "entries": verdict.size, "root": verdict.root.hex(), "problems": [str(p) for p in verdict.problems]},
        "recordings": {name: list(value) for name, value in counts(place.engine).items()},
        "inventory": {name: asdict(kept) for name, kept in tables().items()},
        "papers": [asdict(one) for one in brief.papers],
        "duties": [asdict(one) for one in brief.duties],
    }  # fmt: skip
    return json.dumps(state, ensure_ascii=False, indent=1, default=str).encode()
