"""A Word file as a package of parts: what may be in a form of the city's, and how large it may be.

A form is a file from outside. What would run, fetch or embed something when the city opens it is a reason to refuse it, even
where the city itself put it there: nobody looks at it before it is signed for.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from compliance.ground.bounded_file import MOST_UNPACKED
from reporting.paper.marks import refusal

if TYPE_CHECKING:
    from docx.document import Document

_UNOPENED = "docx ファイルとして開けません。"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_REFUSED_PARTS = {
    "マクロ": re.compile(r"vba(?:Project|Data)|customUI/|attachedToolbars", re.IGNORECASE),
    "埋込みオブジェクト": re.compile(r"/embeddings/|/activeX/|/ctrlProps/|oleObject|afchunk", re.IGNORECASE),
    "電子署名（差込みで壊れます）": re.compile(r"_xmlsignatures/", re.IGNORECASE),
}  # fmt: skip
_REFUSED_TYPES = re.compile(rb"macroEnabled|vbaProject|oleObject|ms-office\.activeX", re.IGNORECASE)
_REFUSED_ELEMENTS = {"altChunk", "object", "control", "subDoc", "OLEObject"}
_FIELD = re.compile(
    r"\b(?:DDEAUTO|DDE|LINK|INCLUDETEXT|INCLUDEPICTURE|IMPORT|DATABASE|MACROBUTTON|RD)\b|\bHYPERLINK\b(?!\s*\\l)",
    re.IGNORECASE,
)


def word(name: str) -> str:
    """An element's or attribute's name in WordprocessingML: `p` as lxml spells it."""
    return f"{{{_WORD}}}{name}"


def open_form(template: bytes) -> Document:
    """The form as a document.

    Raises:
        TemplateRefused: it is no docx file, unpacks to too much, or holds macros, embedded objects, links to elsewhere, fields
            that fetch something, a signature or an entity.
    """
    import docx
    from lxml.etree import LxmlError

    try:
        with ZipFile(io.BytesIO(template)) as archive:
            infos = archive.infolist()
            if sum(one.file_size for one in infos) > MOST_UNPACKED:
                raise refusal([f"展開すると{MOST_UNPACKED:,}バイトを超えます。"])
            parts = {one.filename: archive.read(one) for one in infos}
        if len(parts) != len(infos):
            raise refusal([_UNOPENED])
        if problems := list(dict.fromkeys(_problems(parts))):
            raise refusal(problems)
        document = docx.Document(io.BytesIO(template))
    except (BadZipFile, KeyError, ValueError, OSError, RuntimeError, NotImplementedError, EOFError, zlib.error, LxmlError) as error:  # fmt: skip
        raise refusal([_UNOPENED]) from error
    if document.element.find(word("body")) is None:
        raise refusal([_UNOPENED])
    return document


def _problems(parts: Mapping[str, bytes]) -> Iterator[str]:
    for name in sorted(parts):
        for what, pattern in _REFUSED_PARTS.items():
            if pattern.search("/" + name):
                yield f"{what}（{name}）があります。除いて保存し直してください。"
    if _REFUSED_TYPES.search(parts.get("[Content_Types].xml", b"")):
        yield "マクロまたは埋込みオブジェクトがあります。「Word 文書（*.docx）」として保存し直してください。"
    for name, content in parts.items():
        if not name.endswith((".xml", ".rels")):
            continue
        if b"<!DOCTYPE" in content.replace(b"\0", b""):
            yield f"{name} に文書型の宣言があります。"
            continue
        tree = _parsed(content)
        if name.endswith(".rels"):
            for one in tree:
                if one.get("TargetMode") == "External":
                    kind = str(one.get("Type")).rsplit("/", 1)[-1]
                    yield f"外部へのリンク（{name} の {kind}）があります。リンクを解除して保存し直してください。"
        else:
            yield from _in_part(name, tree)


def _in_part(name: str, tree: Any) -> Iterator[str]:
    instructions = []
    for one in tree.iter():
        if not isinstance(one.tag, str):
            continue
        local = one.tag.rsplit("}", 1)[-1]
        if local in _REFUSED_ELEMENTS:
            yield f"埋込みオブジェクト（{name} の {local}）があります。除いて保存し直してください。"
        elif one.tag == word("instrText"):
            instructions.append(one.text or "")
        elif one.tag == word("fldSimple"):
            instructions.append(f" {one.get(word('instr'), '')} ")
        elif one.tag == word("fldChar"):
            instructions.append(" ")
    if found := _FIELD.search("".join(instructions)):
        yield f"外部を参照するフィールド（{name} の {found.group()}）があります。除いて保存し直してください。"


def _parsed(content: bytes) -> Any:
    from lxml.etree import XMLParser, fromstring

    return fromstring(content, XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
