"""What a request's body says: fields of a form or of a JSON object, texts only. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

LIMIT_BYTES = 64 * 1024
_MOST_FIELDS = 100
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

Fields = Mapping[str, tuple[str, ...]]


class BodyRefused(Exception):
    """A body is no form and no object of texts."""


def fields_of(body: bytes, content_type: str) -> Fields:
    """The fields, each with all its values.

    Raises:
        BodyRefused: another type, no UTF-8, too many fields, or values that are no text.
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == FORM or not body:
            pairs = parse_qsl(
                body.decode("utf-8"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MOST_FIELDS,
            )
        elif kind == JSON:
            pairs = _pairs(json.loads(body.decode("utf-8")))
        else:
            raise BodyRefused
        found: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            value.encode("utf-8")  # half a surrogate pair is no text
            found[name] = (*found.get(name, ()), value)
    except (ValueError, RecursionError):
        raise BodyRefused from None
    return found


def one(fields: Fields, name: str) -> str:
    """The last value of a field, blank where there is none."""
    return fields.get(name, ("",))[-1]


def _pairs(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, dict) or len(value) > _MOST_FIELDS:
        raise BodyRefused
    pairs: list[tuple[str, str]] = []
    for name, given in value.items():
        texts = given if isinstance(given, list) else [given]
        if len(texts) > _MOST_FIELDS or not all(isinstance(text, str) for text in texts):
            raise BodyRefused
        pairs.extend((name, text) for text in texts)
    return pairs
