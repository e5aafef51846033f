"""A file handed to a browser to be saved, never shown: its type follows from its form alone. Pure."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}
_ANY = "application/octet-stream"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def attachment(name: str, content: bytes, form: str) -> Response:
    """The answer that saves `content` under `name` (RFC 6266, the name in full as RFC 5987, a plain one for old browsers)."""
    plain = "".join(letter if letter in _PLAIN else "_" for letter in name)
    told = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": told, "Content-Type": _TYPES.get(form, _ANY)}
    return Response(content, headers=headers)
