"""The city's own form in Word: marks are filled in their looks, everything else stays, nothing that runs or fetches is taken."""

from __future__ import annotations

import contextlib
import io
import re
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import pytest
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.etree import fromstring, tostring

from reporting.completion.kind import COMPLETION
from reporting.errors import TemplateRefused
from reporting.paper import word_package
from reporting.paper.forms import fill_form
from reporting.paper.kind import Correction
from reporting.paper.tables import Table
from reporting.paper.word_form import fill_word
from reporting.personal_information.kind import PERSONAL_INFORMATION
from tests.support.month_office import Office, contract, office
from tests.support.sheet_forms import HELD, PAPER
from tests.support.word_forms import form, packed

__all__ = ["contract", "office"]
ROWS = [
    ["通話録音", "1,204", "3", "一致"],
    ['=HYPERLINK("http://x")', "0", "007", "+1"],
    ["@SUM(1)", "-5", "", "一致"],
]


def filled(made: Document, paper: Any = PAPER) -> Document:
    return docx.Document(io.BytesIO(fill_word(packed(made), paper)))


def texts(made: Document) -> list[str]:
    return [one.text for one in made.paragraphs]


def cells(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def with_part(name: str, content: bytes, made: Document | None = None) -> bytes:
    """A form with one part more, or another in its place."""
    buffer = io.BytesIO()
    with (
        ZipFile(io.BytesIO(packed(made or form("{{head.title}}")))) as read,
        ZipFile(buffer, "w") as written,
    ):
        for one in read.namelist():
            if one != name:
                written.writestr(one, read.read(one))
        written.writestr(name, content)
    return buffer.getvalue()


def test_marks_are_filled_in_their_looks_and_a_row_is_repeated() -> None:
    made = form(
        "宛先：{{ head.recipient }}　{{fact.対象月}}", "{{paper.due_date}}", "様式の注記 {注} 100%}"
    )
    run = made.paragraphs[2].runs[0]
    run.font.size, run.font.color.rgb = Pt(9), RGBColor(0x11, 0x22, 0x33)
    looks = made.tables[0].cell(1, 0).paragraphs[0].runs[0]
    looks.bold = True
    book = filled(made)
    assert texts(book) == [
        "個人情報取扱状況報告書（札幌市様式）", "宛先：札幌市長　令和5年12月分", "令和6年1月4日（木）", "様式の注記 {注} 100%}",
    ]  # fmt: skip
    assert book.paragraphs[0].runs[0].bold
    same = book.paragraphs[2].runs[0].font
    assert (same.size, same.color.rgb) == (Pt(9), RGBColor(0x11, 0x22, 0x33))
    (table,) = book.tables
    assert cells(table) == [[f"見出し{n}" for n in range(1, 5)], *ROWS, ["様式の末行", "", "", ""]]
    assert [row.height for row in table.rows] == [None, Pt(30), Pt(30), Pt(30), None]
    assert all(row.cells[0].paragraphs[0].runs[0].bold for row in table.rows[1:4])
    assert table.style is not None and table.style.name == "Table Grid"


def test_a_mark_that_word_cut_into_pieces_is_one_mark() -> None:
    made = form("前", table=())
    paragraph = made.add_paragraph()
    for number, piece in enumerate(("宛{", "{fact.", "対象", "月}", "}と{{head", ".title}}後")):
        paragraph.add_run(piece).italic = number == 0
    book = filled(made)
    assert texts(book)[-1] == "宛令和5年12月分と個人情報取扱状況報告書後"
    assert book.paragraphs[-1].runs[0].text == "宛令和5年12月分", "in the looks of its first letter"
    assert book.paragraphs[-1].runs[0].italic


def test_headers_footers_and_text_boxes_are_filled_too() -> None:
    made = form(table=())
    section = made.sections[0]
    section.header.paragraphs[0].text = "{{head.title}}"
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "初頁 {{paper.edition}}"
    section.footer.paragraphs[0].text = "{{fact.対象月}} & <様式>"
    box = OxmlElement("w:txbxContent")
    inner = OxmlElement("w:p")
    inner.append(OxmlElement("w:r"))
    piece = OxmlElement("w:t")
    piece.text = "箱 {{head.recipient}}"
    inner[0].append(piece)
    box.append(inner)
    made.add_paragraph("本文").runs[0]._r.append(box)
    book = filled(made)
    assert book.sections[0].header.paragraphs[0].text == "個人情報取扱状況報告書"
    assert book.sections[0].first_page_header.paragraphs[0].text == "初頁 第1版"
    assert book.sections[0].footer.paragraphs[0].text == "令和5年12月分 & <様式>"
    assert [t.text for t in book.element.iter(qn("w:t"))][-2:] == ["本文", "箱 札幌市長"]


@pytest.mark.parametrize(
    "value",
    [
        "{{head.title}}", "{% for x in y %}", "{_{ head.title }_}", "{{ 7*7 }}", "{#", "}}", "{%tr endfor %}", "{{r x}}",
        "</w:t></w:r><w:r><w:t>x", "&lt;b&gt; & <b>", "<w:p/>", "“引用”‘記号’", "a\nb", "&#123;&#123;", b"\\ud800".decode("ascii"),
    ],
)  # fmt: skip
def test_a_value_stays_a_text_whatever_it_looks_like(value: str) -> None:
    paper = replace(PAPER, facts=(("対象月", value),), tables=(Table("保有状況", ("a", "b"), ((value, value),)),))  # fmt: skip
    book = filled(form("前{{fact.対象月}}後", table=("{{table.保有状況}}", "")), paper)
    assert texts(book)[1] == f"前{value}後"
    assert cells(book.tables[0])[1] == [value, value]


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(st.text(max_size=40))
def test_any_text_at_all_comes_out_as_it_went_in(value: str) -> None:
    """But for what no document may hold, and for tabs, which are blanks."""
    paper = replace(PAPER, facts=(("対象月", value),))
    found = texts(filled(form("前{{fact.対象月}}後", table=()), paper))[1]
    expected = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    expected = re.sub(
        "[^\n\u0020-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]", "", expected
    )
    assert found == f"前{expected if value else '未記入'}後"


def test_an_empty_table_and_the_corrections_of_a_first_edition() -> None:
    made = form(table=("{{table.総括}}", ""))
    assert cells(filled(made).tables[0])[1] == ["該当なし", ""]
    made = form(table=("{{table.訂正箇所}}", "", "", ""))
    second = PAPER.as_edition(2, [Correction("保有", "3", "4", "訂正")])
    assert cells(filled(made, second).tables[0])[1] == ["保有", "3", "4", "訂正"]


def test_two_tables_and_one_within_a_cell() -> None:
    made = form(table=("{{table.保有状況}}", "", "", "", "右の欄"))
    outer = made.add_table(1, 1)
    inner = outer.cell(0, 0).add_table(1, 2)
    inner.cell(0, 0).text = "{{table.総括}}"
    book = filled(made)
    assert [row[:4] for row in cells(book.tables[0])[1:4]] == ROWS
    assert {row[4] for row in cells(book.tables[0])[1:4]} == {"右の欄"}
    assert cells(book.tables[1].cell(0, 0).tables[0]) == [["該当なし", ""]]


def test_the_same_form_and_paper_give_the_same_bytes() -> None:
    made = packed(form("{{head.title}}"))
    first = fill_word(made, PAPER)
    time.sleep(2.1)  # a ZIP's clock goes by two seconds
    assert fill_word(made, PAPER) == first
    with ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_everything_else_of_the_form_stays() -> None:
    made = form("{{head.title}}")
    made.core_properties.author = "札幌市"
    made.add_picture(io.BytesIO(_PIXEL))
    before = packed(made)
    after = fill_word(before, PAPER)
    with ZipFile(io.BytesIO(before)) as was, ZipFile(io.BytesIO(after)) as now:
        assert sorted(was.namelist()) == sorted(now.namelist())
        for name in was.namelist():
            if name not in ("word/document.xml", "[Content_Types].xml"):
                assert was.read(name) == now.read(name), name
        shape = re.compile(rb"<w:(sectPr|tblPr|tblGrid|tcPr|pPr).*?</w:\1>", re.DOTALL)
        kept = [{one.group() for one in shape.finditer(z.read("word/document.xml"))} for z in (was, now)]  # fmt: skip
        assert kept[0] == kept[1]


_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "6060606000000005000104a2a6a10000000049454e44ae426082"
)  # fmt: skip


@pytest.mark.parametrize(
    ("paragraphs", "table", "told"),
    [
        (("{{fact.対象年}}",), (), "本文の段落2：{{fact.対象年}} はこの書類にありません"),
        (("{{}}",), (), "本文の段落2：{{}} は"),
        (("前", "{{head.title}"), (), "本文の段落3：.*対になって"),
        (("head.title}} {{fact.対象月}}",), (), "本文の段落2：.*対になって"),
        (("{% for x in t %}",), (), "本文の段落2：.*命令は使えません"),
        (("{{head.title}}{# 注 #}",), (), "本文の段落2：.*命令は使えません"),
        (("{{ t[0] }}",), (), "はこの書類にありません"),
        (("{{ head.__class__ }}",), (), "はこの書類にありません"),
        (("{{table.保有状況}}",), (), "本文の段落2：表の印は、Word の表の行"),
        ((), ("表 {{table.保有状況}}", "", "", ""), "本文の表1の2行1列：表の印は、1つだけ"),
        ((), ("", "{{table.保有状況}}", "", ""), "本文の表1の2行2列：表（4列）に対し、右のセルが足りません（3列）"),
        ((), ("{{table.保有状況}}", "", "合計", ""), "本文の表1の2行1列：.*空けて"),
        ((), ("{{table.保有状況}}", "{{fact.対象月}}", "", ""), "本文の表1の2行1列：.*空けて"),
        ((), ("{{x}}", "", "", ""), "本文の表1の2行1列：{{x}}"),
        (("文",), (), "印（.*）がありません"),
    ],
)  # fmt: skip
def test_what_cannot_be_filled_is_refused_with_its_place(
    paragraphs: tuple[str, ...], table: tuple[str, ...], told: str
) -> None:
    with pytest.raises(TemplateRefused, match=told):
        filled(form(*paragraphs, table=table))


def test_every_problem_is_told_at_once() -> None:
    made = form("{{x}}", "{{head.y}}", table=("{{table.z}}", ""))
    made.sections[0].header.paragraphs[0].text = "{{"
    with pytest.raises(TemplateRefused) as refused:
        filled(made)
    for where in ("本文の段落2", "本文の段落3", "本文の表1の2行1列", "ヘッダーの段落1"):
        assert where in str(refused.value)


def test_a_row_with_cells_merged_downwards_is_refused() -> None:
    made = form()
    made.tables[0].cell(1, 3).merge(made.tables[0].cell(2, 3))
    with pytest.raises(TemplateRefused, match="縦に結合"):
        filled(made)


def linked(made: Document) -> None:
    made.part.relate_to("https://example.invalid/", docx.opc.constants.RELATIONSHIP_TYPE.HYPERLINK, is_external=True)  # fmt: skip


def field(instruction: str) -> Callable[[Document], None]:
    """A field, its instruction cut into pieces as Word cuts it."""

    def add(made: Document) -> None:
        for piece in (instruction[:3], instruction[3:]):
            run = made.paragraphs[0].add_run()
            one = OxmlElement("w:instrText")
            one.text = piece
            run._r.append(one)

    return add


def element(name: str) -> Callable[[Document], None]:
    return lambda made: made.element.body.insert(0, OxmlElement(name))


def named(made: Document) -> None:
    mark = OxmlElement("w:bookmarkStart")
    mark.set(qn("w:name"), "{{head.title}}")
    made.paragraphs[0]._p.append(mark)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (linked, "外部へのリンク（.*hyperlink）"),
        (field("INCLUDETEXT c:/secret.txt"), "フィールド.*INCLUDETEXT"),
        (field("DDEAUTO cmd"), "フィールド.*DDEAUTO"),
        (field(' HYPERLINK "https://example.invalid"'), "フィールド.*HYPERLINK"),
        (element("w:altChunk"), "埋込みオブジェクト.*altChunk"),
        (element("w:object"), "埋込みオブジェクト.*object"),
        (named, "名前・説明に印"),
    ],
)
def test_what_fetches_or_runs_is_refused(change: Callable[[Document], None], told: str) -> None:
    made = form("{{head.title}}")
    change(made)
    with pytest.raises(TemplateRefused, match=told):
        filled(made)


def test_fields_that_stay_within_the_form_are_taken() -> None:
    made = form("{{head.title}}")
    for instruction in (" PAGE ", " NUMPAGES ", ' HYPERLINK \\l "節" ', " DATE "):
        field(instruction)(made)
    assert texts(filled(made))[1] == "個人情報取扱状況報告書"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("word/vbaProject.bin", "マクロ"), ("customUI/customUI.xml", "マクロ"), ("word/embeddings/oleObject1.bin", "埋込み"),
        ("word/activeX/activeX1.xml", "埋込み"), ("_xmlsignatures/sig1.xml", "署名"),
    ],
)  # fmt: skip
def test_a_part_that_runs_is_refused_by_its_name(name: str, told: str) -> None:
    with pytest.raises(TemplateRefused, match=told):
        fill_word(with_part(name, b"<x/>"), PAPER)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_is_never_resolved(encoding: str) -> None:
    evil = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>'.encode(encoding)
    with pytest.raises(TemplateRefused, match="文書型"):
        fill_word(with_part("word/styles.xml", evil), PAPER)


def test_a_form_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO(packed(form("{{head.title}}")))
    with ZipFile(buffer, "a", ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.png", bytes(word_package.MOST_UNPACKED))
    assert len(buffer.getvalue()) < 200_000
    with pytest.raises(TemplateRefused, match="50,000,000バイト"):
        fill_word(buffer.getvalue(), PAPER)


def test_a_mark_in_a_footnote_is_refused_and_a_footnote_without_is_kept() -> None:
    def noted(text: str) -> bytes:
        made = form("{{head.title}}")
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        xml = (
            f'<w:footnotes xmlns:w="{space}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnotes>'
        )
        part = docx.opc.part.Part(docx.opc.packuri.PackURI("/word/footnotes.xml"), kind, xml.encode(), made.part.package)  # fmt: skip
        made.part.relate_to(part, docx.opc.constants.RELATIONSHIP_TYPE.FOOTNOTES)
        return packed(made)

    with pytest.raises(TemplateRefused, match="脚注"):
        fill_word(noted("{</w:t></w:r><w:r><w:t>{head.title}}"), PAPER)
    kept = fill_word(noted("注 {_{ %}"), PAPER)
    with ZipFile(io.BytesIO(kept)) as archive:
        assert "注 {_{ %}" in archive.read("word/footnotes.xml").decode()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", packed(form())[:900]])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(TemplateRefused, match="開けません"):
        fill_word(content, PAPER)


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_damaged_form_is_refused_or_filled_and_never_anything_else(data: st.DataObject) -> None:
    content = bytearray(_FORM)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(TemplateRefused):
        fill_word(bytes(content), PAPER)


_FORM = packed(form("{{head.title}}"))
with ZipFile(io.BytesIO(_FORM)) as _archive:
    _TEXT = _archive.read("word/document.xml").decode()


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(st.data())
def test_a_form_with_elements_gone_or_doubled_is_refused_or_filled(data: st.DataObject) -> None:
    """Well-formed XML that no Word would write: a subtree taken out, put elsewhere or renamed."""
    tree = fromstring(_TEXT.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        every = [one for one in tree.iter() if one.getparent() is not None]
        if not every:
            break
        one, other = data.draw(st.sampled_from(every)), data.draw(st.sampled_from(every))
        match data.draw(st.sampled_from(["gone", "moved", "renamed", "copied"])):
            case "gone":
                one.getparent().remove(one)
            case "renamed":
                one.tag = other.tag
            case how if one is not other and one not in other.iterancestors():
                other.append(one if how == "moved" else deepcopy(one))
    with contextlib.suppress(TemplateRefused):
        fill_word(with_part("word/document.xml", tostring(tree)), PAPER)


def test_a_form_is_known_by_the_end_of_its_name() -> None:
    assert texts(docx.Document(io.BytesIO(fill_form("様式.DOCX", _FORM, PAPER))))[1] == PAPER.head.title  # fmt: skip
    for name in ("様式.doc", "様式.docm", "様式", "様式.pdf"):
        with pytest.raises(TemplateRefused, match=r"\.xlsx か \.docx"):
            fill_form(name, _FORM, PAPER)


@pytest.mark.parametrize("kind", [COMPLETION, PERSONAL_INFORMATION])
def test_every_part_of_the_monthly_papers_can_be_asked_for(office: Office, kind: Any) -> None:
    """By the marks that a person would write: each line and each table by its own words."""
    paper = office.read(kind)
    made = form(*(f"{{{{fact.{title}}}}}" for title, _ in paper.facts), table=())
    for table in paper.tables:
        grid = made.add_table(1, len(table.headings))
        grid.cell(0, 0).text = f"{{{{table.{table.title.split('　')[-1]}}}}}"
    book = filled(made, paper)
    assert texts(book)[1 : 1 + len(paper.facts)] == [text for _, text in paper.facts]
    for shown, table in zip(book.tables, paper.tables, strict=True):
        rows = [list(row) for row in table.rows]
        assert cells(shown) == (rows or [["該当なし", *[""] * (len(table.headings) - 1)]])
    assert HELD.rows
