"""A file that somebody hands in, before anything opens it: read to a bound, and looked at as a package of parts.

Excel and Word files are zip archives of XML. What an archive says of its sizes costs nothing to read, so it is asked
first; then each part is unpacked, a piece at a time, and counted again. A part that declares a document type is refused:
no office programme writes one, and its entities are how a few bytes become gigabytes. Formulas, macros and links are no
matter of this module: whoever opens the file afterwards looks for what it must not hold, within the bounds of `beside`.
"""

from __future__ import annotations

import io
import os
import re
import stat
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from compliance.errors import FileRefused

MOST_BYTES = 20_000_000
"""So large may a file be as it is handed in."""
MOST_UNPACKED = 50_000_000
"""So large may all parts of a package be together."""
MOST_PARTS = 1_000
_PIECE = 1 << 16
_ENTRY = b"PK\x01\x02"
"""How an entry of an archive's directory begins (APPNOTE 4.3.12)."""
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a file begins that Office encrypted, or wrote in its old formats (MS-CFB 2.2)."""
_DECLARED = re.compile(rb"""^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_ENCODINGS = frozenset({b"utf-8", b"utf-16", b"us-ascii"})
"""Of XML; in any other a document type could be spelt so that it is not seen."""
_DOCUMENT_TYPE = b"<!DOCTYPE"
DAMAGED = "ファイルが壊れているか、この種類のファイルではありません。もう一度保存し直してください。"
_PROTECTED = "パスワードで保護されているか、古い形式のファイルです。保護を外し、xlsx（docx）の形式で保存し直してください。"
_UNREADABLE = (OSError, EOFError, RuntimeError, NotImplementedError, ValueError, zlib.error)
"""What the library can raise over an archive that is not whole; an encrypted part is a RuntimeError."""


def read_bounded(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of a regular file; a pipe or a device holds nobody up.

    Raises:
        FileRefused: it is something else, cannot be read, or is larger.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileRefused("ふつうのファイルではありません。")
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise FileRefused(f"ファイルを開けません（{error.strerror}）。") from error
    if len(content) > most_bytes:
        raise FileRefused(f"{most_bytes:,}バイトを超えています。分けてください。")
    return content


def look_into(content: bytes, most_bytes: int = MOST_UNPACKED) -> None:
    """Look at an Office file as a package, without opening any of its parts.

    Raises:
        FileRefused: it is no zip archive or a damaged one, is protected by a password, has too many parts or unpacks to
            too much, or one of its parts declares a document type.
    """
    if content.startswith(_COMPOUND_FILE):
        raise FileRefused(_PROTECTED)
    if content.count(_ENTRY) > MOST_PARTS:
        raise FileRefused(f"部品の数が{MOST_PARTS:,}を超えています。")
    try:
        with ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len({part.filename for part in parts}) != len(parts):
                raise FileRefused(DAMAGED)
            if any(part.flag_bits & 0x1 for part in parts):
                raise FileRefused(_PROTECTED)
            left = most_bytes - sum(part.file_size for part in parts)
            if left < 0:
                raise FileRefused(f"展開すると{most_bytes:,}バイトを超えます。")
            left = most_bytes
            for part in parts:
                left -= _look_at(package, part, left)
    except BadZipFile as error:
        raise FileRefused(DAMAGED) from error
    except _UNREADABLE as error:
        raise FileRefused(DAMAGED) from error


def _look_at(package: ZipFile, part: ZipInfo, most_bytes: int) -> int:
    """How many bytes a part really unpacks to."""
    if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise FileRefused(DAMAGED)
    size, before = 0, b""
    with package.open(part) as file:
        while piece := file.read(_PIECE):
            if size == 0:
                _look_at_encoding(piece)
            size += len(piece)
            if size > most_bytes:
                raise FileRefused(f"展開すると{MOST_UNPACKED:,}バイトを超えます。")
            plain = before + piece.replace(b"\0", b"")  # UTF-16 has one beside each letter
            if _DOCUMENT_TYPE in plain:
                raise FileRefused("文書型の宣言（DOCTYPE）があります。表計算ソフト等で保存し直してください。")  # fmt: skip
            before = plain[-len(_DOCUMENT_TYPE) :]
    return size


def _look_at_encoding(beginning: bytes) -> None:
    plain = beginning[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    declared = _DECLARED.match(plain)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise FileRefused("XMLの文字コードが UTF-8 ではありません。保存し直してください。")
