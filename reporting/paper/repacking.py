"""An office file packed again, so that the same parts give the same bytes whenever that is."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(parts: bytes, instead: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """A package with its parts in the order of their names and at one time; `instead` gives other content for parts it has."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(parts)) as read, ZipFile(buffer, "w", ZIP_DEFLATED) as written:
        for name in sorted(read.namelist(), key=lambda one: (not one.startswith("["), one)):
            info = ZipInfo(name, _EPOCH)
            info.compress_type = ZIP_DEFLATED
            written.writestr(info, instead.get(name) or read.read(name))
    return buffer.getvalue()
