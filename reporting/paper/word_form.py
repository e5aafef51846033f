"""A Word form of the city's own, filled with a paper of tables: its marks are replaced, everything else of it stays.

A mark stands in any paragraph of the text, of a table's cell, of a text box, a header or a footer, and takes the looks of its
first letter. A table is one row of a Word table: its mark stands alone in a cell, and the cells to the right of it, left
blank, take the further columns. The row is repeated for each row of the paper's table with its borders, height and looks;
headings are the form's own.

```
| 種別               | 月初 | 増 | 消去 | 月末 | 照合 |     <- the form's own row
| {{table.保有状況}} |      |    |      |      |      |     <- repeated
```

Word cuts a text into pieces where it likes, so marks are found in the text as it is read, and each is set down anew as an
expression of the programme's own before docxtpl renders it. Whatever else has braces, in the form or in a value, is hidden from
the renderer: neither a form nor a caller can write a statement, and a value is never read again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from reporting.paper.marks import MARK, Vocabulary, is_torn, marks_in, refusal, vocabulary
from reporting.paper.repacking import packed
from reporting.paper.tables import NOTHING, Table, TablePaper
from reporting.paper.word_package import open_form, word

if TYPE_CHECKING:
    from docx.document import Document

_HIDDEN = str.maketrans("{}", "\ufdd0\ufdd1")
"""Braces while the renderer reads: signs that are no letters and that no text holds."""
_SHOWN = str.maketrans("\ufdd0\ufdd1", "{}")
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_STATEMENTS = ("{%", "{#")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_NOT_RENDERED = re.compile(r"/word/(?:footnotes|endnotes|comments)[^/]*\.xml")


@dataclass(frozen=True, slots=True)
class _Spot:
    """One paragraph with marks: where it stands for a reader, its pieces of text as they were, the marks among them."""

    place: str
    paragraph: Any
    pieces: tuple[tuple[Any, str], ...]
    marks: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.pieces)


@dataclass(frozen=True, slots=True)
class _Row:
    """The row of a Word table that a table of the paper is written into: the cells from its mark on, one a column."""

    spot: _Spot
    table: Table
    row: Any
    cells: tuple[Any, ...]


def fill_word(template: bytes, paper: TablePaper) -> bytes:
    """The filled document; the same form and paper give the same bytes.

    Raises:
        TemplateRefused: it is no docx file, holds what no form may (`word_package`), a mark that the paper does not know, a
            statement, or too few cells for a table; every paragraph or cell in question is named.
    """
    document = open_form(template)
    known = vocabulary(paper)
    stories = list(_stories(document))
    spots = [spot for title, root in stories for spot in _spots(title, root)]
    problems = [problem for spot in spots for problem in _problems(spot, known)]
    problems += _unreached(document, stories)
    if not any(spot.marks for spot in spots):
        problems.append("差込みの印（{{head.title}} など）がありません。")
    if problems:
        raise refusal(problems)
    rows = [_row_of(spot, known) for spot in spots if any(m in known.tables for m in spot.marks)]
    problems = [one for one in rows if isinstance(one, str)]
    if problems:
        raise refusal(problems)
    for _, root in stories:
        _hide(root)
    texts: list[str] = []
    for spot in spots:
        _set_down(spot, known, texts)
    tables = [one for one in rows if isinstance(one, _Row)]
    for number, one in enumerate(tables):
        _repeat(one, number)
    lines = [[tuple(map(_plain, line)) for line in _lines(one.table)] for one in tables]
    return _rendered(template, document, {"t": tuple(map(_plain, texts)), "tables": tuple(lines)})


def _stories(document: Document) -> Iterator[tuple[str, Any]]:
    """The texts that are filled: the body, then headers and footers, each with what a reader calls it."""
    from docx.opc.constants import RELATIONSHIP_TYPE as KIND

    yield "本文", document.element
    rels = sorted(document.part.rels.values(), key=lambda rel: rel.rId)
    for kind, title in ((KIND.HEADER, "ヘッダー"), (KIND.FOOTER, "フッター")):
        for rel in rels:
            if rel.reltype == kind:
                yield title, rel.target_part.element


def _spots(title: str, root: Any) -> Iterator[_Spot]:
    """Every paragraph with something that is or might be meant as a mark."""
    tables = {table: number for number, table in enumerate(root.iter(word("tbl")), start=1)}
    plain = 0
    for paragraph in root.iter(word("p")):
        cell = _cell_of(paragraph)
        plain += cell is None
        pieces = tuple(
            (one, one.text or "")
            for one in paragraph.iter(word("t"))
            if _nearest(one, "p") is paragraph
        )
        text = "".join(text for _, text in pieces)
        if "{{" in text or "}}" in text or any(sign in text for sign in _STATEMENTS):
            place = (
                f"{title}の段落{plain}" if cell is None else f"{title}の{_address(cell, tables)}"
            )
            yield _Spot(place, paragraph, pieces, tuple(marks_in(text)))


def _address(cell: Any, tables: Mapping[Any, int]) -> str:
    row, table = _nearest(cell, "tr"), _nearest(cell, "tbl")
    down = list(table.iter(word("tr"))).index(row) + 1
    across = list(row.iter(word("tc"))).index(cell) + 1
    return f"表{tables[table]}の{down}行{across}列"


def _problems(spot: _Spot, known: Vocabulary) -> Iterator[str]:
    for mark in spot.marks:
        if not known.knows(mark):
            yield f"{spot.place}：{{{{{mark}}}}} はこの書類にありません。"
    if any(sign in MARK.sub("", spot.text) for sign in _STATEMENTS):
        yield f"{spot.place}：{{% や {{# で始まる命令は使えません。"
    elif is_torn(spot.text):
        yield f"{spot.place}：{{{{ と }}}} が対になっていません。"


def _unreached(document: Document, stories: Sequence[tuple[str, Any]]) -> Iterator[str]:
    """Marks where none is filled: notes and comments, names of pictures and fields."""
    for part in document.part.package.iter_parts():
        if _NOT_RENDERED.fullmatch(str(part.partname)) and b"{{" in re.sub(
            rb"<[^>]*>", b"", part.blob
        ):
            yield f"脚注・コメント（{part.partname}）の印には差し込めません。本文に移してください。"  # fmt: skip
    for title, root in stories:
        for one in root.iter():
            values = [*one.attrib.values()]
            if any(sign in value for value in values for sign in ("{{", "{%", "{#")):
                yield f"{title}：図や欄の名前・説明に印があります。文字として書いてください。"
                return


def _row_of(spot: _Spot, known: Vocabulary) -> _Row | str:
    """The row that a table goes into, or what is wrong with it."""
    mark = next(mark for mark in spot.marks if mark in known.tables)
    table, cell = known.tables[mark], _cell_of(spot.paragraph)
    row = None if cell is None else cell.getparent()
    if row is None or row.tag != word("tr"):
        return f"{spot.place}：表の印は、Word の表の行のセルに書いてください。"
    if not MARK.fullmatch(_text_of(cell).strip()):
        return f"{spot.place}：表の印は、1つだけをセルに書いてください。"
    following = row.findall(word("tc"))
    cells = following[following.index(cell) :][: len(table.headings)]
    if len(cells) < len(table.headings):
        return f"{spot.place}：表（{len(table.headings)}列）に対し、右のセルが足りません（{len(cells)}列）。"
    if any(_text_of(one).strip() for one in cells[1:]):
        return f"{spot.place}：表（{len(table.headings)}列）が入る右のセルに文字があります。空けてください。"
    if any(
        next(row.iter(word(name)), None) is not None
        for name in ("tbl", "vMerge", "drawing", "pict")
    ):
        return f"{spot.place}：縦に結合したセル、図、表の中の表がある行には、表を入れられません。"  # fmt: skip
    if any(one.find(word("p")) is None for one in cells):
        return f"{spot.place}：右のセルに段落がありません。Word で開いて保存し直してください。"
    return _Row(spot, table, row, tuple(cells))


def _hide(root: Any) -> None:
    """Hide every brace of a text from the renderer, wherever it stands."""
    from lxml.etree import _Element

    text = _Element.text  # python-docx calls something else the text of a paragraph
    for one in root.iter():
        if isinstance(one.tag, str) and (own := text.__get__(one)):
            text.__set__(one, own.translate(_HIDDEN))
        if one.tail:
            one.tail = one.tail.translate(_HIDDEN)


def _set_down(spot: _Spot, known: Vocabulary, texts: list[str]) -> None:
    """Put an expression in the place of each mark, where the mark begins; `texts` takes what it stands for. A table's is blanked."""
    marks = [(one.start(), one.end(), one.group(1)) for one in MARK.finditer(spot.text)]
    begins = 0
    for piece, text in spot.pieces:
        ends, at, made = begins + len(text), begins, ""
        for start, end, mark in marks:
            if end <= begins or start >= ends:
                continue
            made += text[at - begins : max(start, at) - begins].translate(_HIDDEN)
            if start >= begins and mark in known.texts:
                made += f"{{{{ t[{len(texts)}] }}}}"
                texts.append(known.texts[mark])
            at = min(end, ends)
        piece.text = made + text[at - begins :].translate(_HIDDEN)
        piece.set(_SPACE, "preserve")
        begins = ends


def _repeat(one: _Row, number: int) -> None:
    """Make a row the model of a table's rows, between the statements that repeat it."""
    for column, cell in enumerate(one.cells):
        piece = one.spot.pieces[0][0] if column == 0 else _piece_in(cell)
        piece.text = f"{{{{ row[{column}] }}}}"
        piece.set(_SPACE, "preserve")
    for name in ("bookmarkStart", "bookmarkEnd"):
        for mark in list(one.row.iter(word(name))):
            mark.getparent().remove(mark)
    for part in one.row.iter():
        for name in [n for n in part.attrib if n.endswith(("}paraId", "}textId"))]:
            del part.attrib[name]  # an identity that a copy may not share
    one.row.addprevious(_statement(f"{{%tr for row in tables[{number}] %}}"))
    one.row.addnext(_statement("{%tr endfor %}"))


def _piece_in(cell: Any) -> Any:
    """A piece of text in a blank cell, in the looks that a person would write there."""
    paragraph = cell.find(word("p"))
    looks = paragraph.find(f"{word('r')}/{word('rPr')}")
    if looks is None:
        looks = paragraph.find(f"{word('pPr')}/{word('rPr')}")
    run = paragraph.makeelement(word("r"))
    if looks is not None:
        looks = deepcopy(looks)
        for name in ("ins", "del", "moveFrom", "moveTo", "rPrChange"):
            for change in looks.findall(word(name)):
                looks.remove(change)
        run.append(looks)
    piece = paragraph.makeelement(word("t"))
    run.append(piece)
    paragraph.append(run)
    return piece


def _statement(text: str) -> Any:
    from docx.oxml import OxmlElement

    row = inner = OxmlElement("w:tr")
    for name in ("w:tc", "w:p", "w:r", "w:t"):
        child = OxmlElement(name)
        inner.append(child)
        inner = child
    inner.text = text
    return row


def _rendered(template: bytes, document: Document, context: Mapping[str, object]) -> bytes:
    from jinja2 import TemplateError
    from lxml.etree import LxmlError

    form = _renderer()(io.BytesIO(template))
    form.docx = document
    try:
        form.render(dict(context), _environment())
    except (TemplateError, LxmlError) as error:
        raise refusal(
            ["Word の文書として組み直せません。Word で開いて保存し直してください。"]
        ) from error
    buffer = io.BytesIO()
    form.save(buffer)
    return packed(buffer.getvalue())


@cache
def _renderer() -> Callable[[io.BytesIO], Any]:
    """docxtpl's template for what has been set down: it leaves properties, notes and the widths of the form's tables alone."""
    from docxtpl import DocxTemplate
    from lxml.etree import fromstring

    class Form(DocxTemplate):  # type: ignore[misc]
        """Braces are shown again in whatever has been rendered."""

        def render_xml_part(self, *given: Any) -> str:
            return str(super().render_xml_part(*given)).translate(_SHOWN)

        def fix_tables(self, xml: str) -> Any:
            return fromstring(xml)

        def render_properties(self, *_: Any) -> None:
            """They are the city's."""

        def render_footnotes(self, *_: Any) -> None:
            """They hold no marks."""

    return Form


def _environment() -> Any:
    """A sandbox that knows nothing: what is handed in is all there is, and every value is a text."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    for known in (environment.globals, environment.filters, environment.tests):
        known.clear()
    return environment


def _lines(table: Table) -> Iterable[tuple[str, ...]]:
    width = len(table.headings)
    for line in table.rows or ((NOTHING,),):
        yield (*line, *("",) * (width - len(line)))[:width]


def _plain(text: str) -> str:
    """A value as a text and nothing else: its braces hidden, what no document may hold left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _UNPRINTABLE.sub("", lines).translate(_HIDDEN)


def _text_of(cell: Any) -> str:
    return "".join(one.text or "" for one in cell.iter(word("t")))


def _cell_of(paragraph: Any) -> Any:
    """The cell of a table that a paragraph stands in; null where it stands in none."""
    cell = _nearest(paragraph, "tc")
    return None if _nearest(_nearest(cell, "tr"), "tbl") is None else cell


def _nearest(element: Any, name: str) -> Any:
    return None if element is None else next(element.iterancestors(word(name)), None)
