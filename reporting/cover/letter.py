"""送付書: one page that lists the papers handed over together, each file with its extent and digest (別紙1-10, 6(3)キ)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zipfile import ZipFile

from compliance.contract.terms import Contract
from reporting.paper import wareki
from reporting.paper.confirmed import BOX
from reporting.paper.head import head_to_client
from reporting.paper.tables import Table, TablePaper

TITLE, ENCLOSED = "送付書", "送付書類"
DIGITS = 16
"""So many hexadecimal digits of a file's SHA-256 are printed; the manifests hold all of them."""


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """One file. `extent` says how long it is: 3頁, 8シート, blank where that says nothing."""

    name: str
    sha256: str
    extent: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One paper that goes along, in one edition."""

    title: str
    period: str
    edition: int
    files: tuple[EnclosedFile, ...]


def extent_of(name: str, content: bytes) -> str:
    """How long a file is, by its own account: pages of a PDF, sheets of a workbook, blank for any other."""
    if name.endswith(".pdf"):
        from pyhanko.pdf_utils.reader import PdfFileReader

        return f"{int(PdfFileReader(io.BytesIO(content)).root['/Pages']['/Count'])}頁"
    if name.endswith(".xlsx"):
        with ZipFile(io.BytesIO(content)) as book:
            sheets = [one for one in book.namelist() if one.startswith("xl/worksheets/sheet")]
        return f"{len(sheets)}シート"
    return ""


def letter(contract: Contract, papers: Sequence[Enclosed], month: date) -> TablePaper:
    """The letter as a value; pure. `month` is any day of the month whose papers are enclosed."""
    rows = tuple(
        row for number, paper in enumerate(papers, start=1) for row in _rows(number, paper)
    )
    return TablePaper(
        head=head_to_client(contract, TITLE),
        due_date=None,
        facts=(
            ("対象月", f"{wareki.year(month)}{month.month}月分"),
            ("送付書類", f"{len(papers)}件（ファイル{len(rows)}個）"),
        ),
        opening="次の書類を送付します。内容を御確認のうえ、御収受くださいますようお願いします。",
        tables=(
            Table(
                ENCLOSED,
                ("No", "書類", "対象", "版", "ファイル", "頁数等", "照合値（先頭16桁）"),
                rows,
                (0.5, 3.2, 1.9, 0.9, 4.5, 1.4, 2.6),
                note="照合値は、各ファイルのSHA-256の先頭16桁です。全桁は、書類ごとの manifest（照合表）に記載しています。",
            ),
        ),
        boxes=(BOX, "委託者収受"),
    )


def _rows(number: int, paper: Enclosed) -> Iterator[tuple[str, ...]]:
    """A row for each file; what they share is written once."""
    shared: tuple[str, ...] = (str(number), paper.title, paper.period, f"第{paper.edition}版")
    for file in paper.files:
        yield (*shared, file.name, file.extent or "―", file.sha256[:DIGITS])
        shared = ("〃",) * len(shared)
