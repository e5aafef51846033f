"""A picture of every page of the desk: `python -m tests.pictures [--home FOLDER] [page …]`.

Takes each picture of the table, or those that are named (`board`, `erasure-start`), in a real browser as somebody of a role that uses
the page, 1280 pixels wide and as long as the page is, up to 1600; writes them as `docs/images/desk-<page>.png` in at most 256 colours,
and `docs/screens.md` from the table. The working afternoon is made in the folder at the first time, or in one that goes away after;
erasures are those of a small centre. Everybody and every number is invented. Wants `chromium` and ImageMagick's `convert`.

Raises:
    SystemExit: a page is named that has no row, a command is missing, or a picture is larger than it may be.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from desk.app import build_desk
from desk.site import PAGES
from tests.browser import chromium
from tests.desk.in_browser import Page, browsing, served, terminal, until
from tests.homes import ROOT
from tests.support.pictured_homes import Pictured, afternoon_in, erasures_in

IMAGES, SCREENS = ROOT / "docs" / "images", ROOT / "docs" / "screens.md"
WIDE, PHONE = 1280, 390
LONGEST = 1600
MOST_BYTES, MOST_BYTES_IN_ALL = 120_000, 2_500_000
NO_PAGES = frozenset({
    "/healthz", "/counts", "/inquiry/calls", "/board/now", "/messages/{recording_id}/sound",
    "/papers/{kind}/{period}/{edition}/{name}", "/certificates/{case_id}/{name}",
})  # fmt: skip
"""What is asked for by GET and is no page to look at: figures for a page, sounds, files to be saved."""
_OWN = "回数券より 歩いて 札幌"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is pictured: its `path` in the desk's list, the picture's `name`, by whom it is looked at (blank: nobody has logged
    in), its title and one sentence of what it shows. It lies at `address`, where that is blank at its path; with `link` it is what the
    first such link there leads to. `keys` are pressed on it first. `state` is the home's, in `pictured_homes`."""

    path: str
    name: str
    who: str
    title: str
    shows: str
    address: str = ""
    link: str = ""
    keys: tuple[str, ...] = ()
    state: str = "afternoon"
    width: int = WIDE

    @property
    def file(self) -> str:
        """The picture's file in `docs/images`."""
        return f"desk-{self.name}.png"


PICTURES: tuple[Picture, ...] = (
    Picture("/login", "login", "", "ログイン", "職員番号とパスワード、設定した人は確認コードを入れます。"),
    Picture("/password", "password", "op1", "パスワード", "パスワードを変えます。変えると、ほかの端末のセッションは終わります。"),
    Picture("/second", "second", "sv1", "確認コード", "ログインのたびに求める確認コードを、認証アプリに登録します。"),
    Picture("/", "home", "pm1", "入口", "その役割の仕事だけが並びます。責任者とSVには、ここに朝の確認が出ます。"),
    Picture("/board", "board", "op1", "現在の状況", "待っている人と最長の待ち、従事者の状態、本日の件数を大きく示します。"),
    Picture("/board", "board-phone", "sv1", "現在の状況（携帯電話の幅）", "同じ画面を、幅390ピクセルの端末で見たものです。", width=PHONE),
    Picture("/inquiry", "inquiry", "op1", "対応記録を書く", "終わったばかりの通話が選ばれ、数字キーで区分・項目・対応を選びます。", keys=("Digit1", "Digit3")),
    Picture("/inquiries", "inquiries", "sv1", "登録した記録", "受付番号・日・対応者・区分・印で絞り込みます。", "/inquiries?handling=city"),
    Picture("/inquiries/{inquiry_id}", "record", "sv1", "対応記録", "一件の記録と、その版、直す・取り消すための入口です。", "/inquiries", "main tbody a[href^='/inquiries/']"),
    Picture("/callbacks", "callbacks", "sv1", "折返し", "約束した折返しを、期限の早い順に並べます。"),
    Picture("/messages", "messages", "sv1", "書き起こす伝言", "預かった伝言を聴いて書き起こします。聴いたことは監査記録に残ります。"),
    Picture("/escalations", "escalations", "sv1", "市への報告・引継ぎ", "市へ伝える案件と、緊急の電話の記録がない案件を示します。"),
    Picture("/calls", "calls", "sv1", "通話", "日と種別で通話を探し、記録のない応答を見つけます。"),
    Picture("/calls/{call_id}", "call", "sv1", "一つの通話", "通話の経過、録音、対応記録、同じ番号の前の通話を一つの画面に示します。", "/calls", "main tbody a[href^='/calls/']"),
    Picture("/custody", "custody", "pm1", "保管の状況", "録音・媒体・鍵の控え・バックアップの今と、手を入れるものを示します。見るだけの画面です。", state="ready"),
    Picture("/holds", "holds", "pm1", "録音の保全", "苦情・事故・監査のために消去から除いた録音を示します。"),
    Picture("/today", "today", "mg1", "朝の確認", "期限の書類、確認待ち、前営業日の数字、現場の残り、台帳の期限を示します。"),
    Picture("/registers", "registers", "mg1", "台帳", "書ける台帳と、それぞれで待っている件数を示します。"),
    Picture("/registers/{name}", "register", "mg1", "台帳の記入の一覧", "一つの台帳の記入を、待っているものから先に示します。", "/registers/complaints"),
    Picture("/registers/{name}/new", "register-new", "pm1", "台帳に記入する", "台帳の項目を一つずつ入れます。誤りは欄の横に出ます。", "/registers/permits/new"),
    Picture("/registers/{name}/{entry}", "register-entry", "mg1", "台帳の記入", "一件の記入を開き、直すか、取り消します。", "/registers/complaints", "main tbody a[href^='/registers/']"),
    Picture("/papers", "papers", "mg1", "書類", "書類の期限・状況・版を、期限の新しい順に示します。"),
    Picture("/papers/{kind}/{period}", "paper", "mg1", "一つの書類", "ファイルを開いて見てから、パスフレーズで確認し、市へ提出します。", "/papers/erasure_application/E-0002", state="applied"),
    Picture("/definitions", "definitions", "ct1", "用語の定義", "数字の数え方と、その版がいつから有効かを示します。"),
    Picture("/proposals", "proposals", "cp1", "従事者・署名鍵の提案", "提案を、提案した本人でない人が確認します。"),
    Picture("/claim", "claim", "op1", "署名鍵", "受け取った二つの符号と、自分だけが知るパスフレーズで、署名鍵を作ります。"),
    Picture("/erasures/application", "erasure-application", "mg1", "消去の申請", "対象を数えてから申請します。申請だけでは何も消去されません。", "/erasures/application?kind=call", state="ready"),
    Picture("/erasures/{case_id}/consent", "erasure-consent", "mg1", "市の承諾の記録", "市の承諾を、証拠の照合値とともに記録します。", "/erasures/E-0002/consent", state="applied"),
    Picture("/erasures", "erasures", "mg1", "消去", "案件ごとに、状態と、何を待っているかを示します。", state="consented"),
    Picture("/erasures/{case_id}", "erasure-sign", "pm1", "消去の授権", "消去の対象と市の承諾を確かめ、二名が署名します。", "/erasures/E-0002", state="consented"),
    Picture("/erasures/{case_id}", "erasure-start", "ad1", "実施の開始", "授権がそろった案件に、実施者が開始の署名をします。", "/erasures/E-0002", state="authorised"),
    Picture("/erasures/{case_id}", "erasure-verify", "sv1", "実施の検証", "申請者でも実施者でもない人が、消えたことを確かめて署名し、証明書を作ります。", "/erasures/E-0001", state="executed"),
    Picture("/certificates", "certificates", "ct1", "消去証明書", "証明書のファイルと、それを確かめる方法を示します。", state="consented"),
)  # fmt: skip
"""In the order of `docs/screens.md`."""

_ROLES = {
    "": "だれでも", "op1": "従事者", "sv1": "SV", "mg1": "責任者", "pm1": "保護管理者", "cp1": "総括保護管理者", "ad1": "システム管理者",
    "ct1": "市の担当",
}  # fmt: skip
_HEAD = """# 画面の一覧

窓口のすべての画面です。人も電話も数字も架空で、`python -m tests.pictures` が、動いている窓口から撮り直します。役割ごとの案内は
[十分間の案内](tour.md) にあります。
"""


def html_paths() -> frozenset[str]:
    """The desk's pages that somebody looks at, by their paths."""
    return frozenset(one.path for one in PAGES if one.method == "GET") - NO_PAGES


def screens(pictures: Iterable[Picture]) -> str:
    """The page of all pictures as Markdown. Pure."""
    told = [_HEAD]
    for one in pictures:
        whose = f"{_ROLES[one.who]}（{one.who}）" if one.who else _ROLES[one.who]
        told.append(
            f"## {one.title}　`{one.path}`\n\n{one.shows}（{whose}の画面）\n\n"
            f"![{one.title}の画面](images/{one.file})\n"
        )
    return "\n".join(told)


def take(pictures: Sequence[Picture], folder: Path, into: Path) -> None:
    """Those pictures, written there; homes are made in the folder."""
    wanted = {one.state for one in pictures}
    with browsing(folder / "browser", "ja") as wire:
        for home in _homes(wanted, folder):
            mine = [one for one in pictures if one.state == home.state]
            if mine:
                with served(build_desk(home.services)) as base:
                    _take_of(home, mine, base, wire, into)


def _homes(wanted: Collection[str], folder: Path) -> Iterator[Pictured]:
    if "afternoon" in wanted:
        yield from afternoon_in(folder)
    if set(wanted) - {"afternoon"}:
        with tempfile.TemporaryDirectory() as other:
            yield from erasures_in(Path(other) / "erasures")


def _take_of(
    home: Pictured, pictures: Sequence[Picture], base: str, wire: Page, into: Path
) -> None:
    for who in dict.fromkeys(one.who for one in pictures):
        with terminal(wire, base) as page:
            page.call("Emulation.setScrollbarsHidden", hidden=True)
            if who:
                _logs_in(page, who, home)
            for one in (one for one in pictures if one.who == who):
                _take(page, one, into / one.file)


def _logs_in(page: Page, who: str, home: Pictured) -> None:
    first = home.first_password(who)
    page.go("/login")
    page.submit("/password", staff_id=who, password=first)
    page.submit("/", present=first, new=_OWN, again=_OWN, passphrase=home.passphrase)


def _take(page: Page, one: Picture, file: Path) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=one.width, height=800, deviceScaleFactor=1,
              mobile=one.width == PHONE)  # fmt: skip
    page.go(one.address or one.path)
    if one.link:
        there = page.js(f"document.querySelector({one.link!r})?.getAttribute('href') ?? ''")
        assert there, f"{one.address} has no {one.link}"
        page.go(there)
    refused = page.js("document.querySelector('h1').textContent === 'できません'")
    assert not refused, f"{one.name}: {page.text()}"
    for key in one.keys:
        page.press(key)
    time.sleep(1)  # what scripts ask for comes
    until(lambda: page.js("document.fonts.status") == "loaded")
    length = page.js("Math.ceil(document.body.getBoundingClientRect().height)")
    clip = {"x": 0, "y": 0, "width": one.width, "height": min(LONGEST, max(240, length)), "scale": 1}  # fmt: skip
    made = page.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
    _shrink(base64.b64decode(made["data"]), file)


def _shrink(png: bytes, file: Path) -> None:
    """Written with a palette: the fewest colours in which the page looks the same."""
    subprocess.run(
        ["convert", "png:-", "+dither", "-colors", "64", "-strip", "-define", "png:compression-level=9", f"PNG8:{file}"],
        input=png, check=True, timeout=60,
    )  # fmt: skip


def main(words: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__.split("\n")[0])  # fmt: skip
    asked.add_argument("--home", type=Path, help="where the afternoon is, or is made")
    asked.add_argument("pages", nargs="*", help="which pictures; all, where none is named")
    given = asked.parse_args(words)
    if unknown := set(given.pages) - {one.name for one in PICTURES}:
        raise SystemExit(f"no picture is called {', '.join(sorted(unknown))}")
    if shutil.which("convert") is None:
        raise SystemExit("`convert` (ImageMagick) is not installed")
    chromium()
    chosen = [one for one in PICTURES if not given.pages or one.name in given.pages]
    with tempfile.TemporaryDirectory() as passing:
        folder = given.home or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        take(chosen, folder, IMAGES)
    SCREENS.write_text(screens(PICTURES), "utf-8")
    sizes = {one.file: (IMAGES / one.file).stat().st_size for one in PICTURES if (IMAGES / one.file).is_file()}  # fmt: skip
    large = [name for name, size in sizes.items() if size > MOST_BYTES]
    if large or sum(sizes.values()) > MOST_BYTES_IN_ALL:
        raise SystemExit(f"too large: {', '.join(large) or 'all together'}")


if __name__ == "__main__":
    main()
