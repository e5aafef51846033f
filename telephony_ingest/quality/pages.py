"""Pages of the quality verdicts for a browser without a network.

The Data Docs of Great Expectations ask a dozen hosts for their style, scripts and logo, and show an empty
list without them. Here their pages lose everything that lies outside, and the first page is our own: one
table per kind of source, in Japanese, that needs nothing but itself.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from telephony_ingest.quality.verdict import Verdict

_TOKYO = ZoneInfo("Asia/Tokyo")
_STYLE = """<style>
body { font-family: sans-serif; color: #1a1a1a; margin: 2rem auto; max-width: 60rem; line-height: 1.6 }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; border-left: .3rem solid #1f4e79;
padding-left: .5rem } table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #8a8a8a;
padding: .3rem .6rem; text-align: left; vertical-align: top } th { background: #eef2f7 } a { color: #1f4e79 }
td.count { text-align: right } .unmet { color: #9c2a00; font-weight: bold } p.note { color: #555 }
</style>"""
_OUTSIDE = re.compile(
    r"<script\b.*?</script>|<style\b.*?</style>|<footer\b.*?</footer>|<link\b[^>]*>|<img\b[^>]*>"
    r'|\s(?:href|src)="https?://[^"]*"',
    re.DOTALL | re.IGNORECASE,
)


def without_outside(folder: Path) -> None:
    """Take out of every page below a folder what a browser would ask another host for."""
    for page in folder.rglob("*.html"):
        text = _OUTSIDE.sub("", page.read_text("utf-8"))
        page.write_text(text.replace("</head>", f"{_STYLE}</head>", 1), "utf-8")
    shutil.rmtree(folder / "static", ignore_errors=True)


def first_page(verdicts: Iterable[Verdict], details: Mapping[str, str], now: datetime) -> str:
    """The page that lists what was asked of each kind, with the answer; `details` are links by kind."""
    parts = [
        '<!doctype html><html lang="ja"><head><meta charset="utf-8">',
        f"<title>取り込んだ行の確認結果</title>{_STYLE}</head><body><h1>取り込んだ行の確認結果</h1>",
        f"<p>{now.astimezone(_TOKYO):%Y-%m-%d %H:%M} 現在、直近の行について。行の値は載せません。</p>",
    ]
    for verdict in verdicts:
        parts.append(f"<h2>{escape(verdict.dataset.title_ja)}</h2>")
        if not verdict.rows:
            parts.append('<p class="note">この期間の行はありません。</p>')
            continue
        parts.append("<table><tr><th>確認項目</th><th>結果</th><th>該当行数</th></tr>")
        for check in verdict.checks:
            shown = "適合" if check.is_met else '<span class="unmet">要確認</span>'
            parts.append(
                f"<tr><td>{escape(check.title_ja)}</td><td>{shown}</td>"
                f'<td class="count">{check.rows_failed:,}</td></tr>'
            )
        parts.append(f'</table><p class="note">確認した行数 {verdict.rows:,}')
        if verdict.kind in details:
            parts.append(f'　<a href="{escape(details[verdict.kind])}">詳細（Data Docs、英語）</a>')
        parts.append("</p>")
    return "".join([*parts, "</body></html>\n"])
