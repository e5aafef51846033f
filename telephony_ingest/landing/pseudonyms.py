"""Numbers become pseudonyms before anything is kept, in Python and inside DuckDB alike.

A pseudonym is HMAC-SHA-256 (RFC 2104) of the normalised number, cut to 128 bits (§5 allows half the
length) and written as 32 hex digits: a plain hash of a telephone number is found by trying all of them.
The keys are handed in, derived here by HKDF (RFC 5869) so that numbers and lines never share one.
DuckDB knows no HMAC; two nested SHA-256 with the padded keys as session variables are the same
function, and a test holds the two equal.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telephony_ingest.landing import names
from telephony_ingest.landing.names import MOST_DIGITS, Names

if TYPE_CHECKING:
    import duckdb

_BLOCK = 64
HEX_DIGITS = 32
MINIMUM_DIGITS = MOST_DIGITS + 1
"""Shorter strings of digits are extensions and feature codes, which are nobody's number."""
_JAPAN_WITHOUT_PLUS = "81[1-9][0-9]{8,9}"
_PLAIN = f"0[0-9]{{{MINIMUM_DIGITS - 1},}}"
"""A number as exchanges write most of them, which needs no normalising."""
_WIDE = "０１２３４５６７８９＋"
_NARROW = str.maketrans(_WIDE, "0123456789+")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The keys of pseudonymisation: for numbers, for whole lines, for names that a person chose."""

    number_key: bytes = field(repr=False)
    line_key: bytes = field(repr=False)
    name_key: bytes = field(repr=False)

    @staticmethod
    def from_key(key: bytes) -> Pseudonyms:
        """Derive the keys from the home's pseudonym key."""
        return Pseudonyms(_derive(key, b"number"), _derive(key, b"line"), _derive(key, b"name"))

    @property
    def names(self) -> Names:
        """The reductions of chosen names."""
        return Names(self.name_key)

    def number(self, text: str | None) -> str | None:
        """The pseudonym of a number; null when it is withheld, absent or an extension."""
        normalised = normalise(text)
        return None if normalised is None else _hmac(self.number_key, normalised.encode())

    def line(self, raw: bytes) -> str:
        """The key of a line, by which a repeated line is recognised and a rejected one is named."""
        return _hmac(self.line_key, raw)

    def install(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Define `number_pseudonym(text)`, `line_key(text)` and the `kept_` reductions of names in a
        DuckDB session."""
        for name, key in (
            ("number", self.number_key),
            ("line", self.line_key),
        ):
            inner, outer = _pads(key)
            connection.execute(f"set variable {name}_inner = unhex('{inner.hex()}')")
            connection.execute(f"set variable {name}_outer = unhex('{outer.hex()}')")
        connection.execute(_MACROS)
        names.install(connection, self.names)


def normalise(text: str | None) -> str | None:
    """Digits and a leading plus, full-width ones included; Japan's country code (+81, or 81 before nine
    or ten digits, as E.164 without its plus; with or without the 0 that some write behind it) becomes 0.
    Null for what holds fewer than six digits."""
    if text is None:
        return None
    kept = re.sub(r"[^0-9+]", "", text.translate(_NARROW))
    if len(re.sub(r"[^0-9]", "", kept)) < MINIMUM_DIGITS:
        return None
    if kept.startswith("+81"):
        return "0" + kept[3:].removeprefix("0")
    return "0" + kept[2:] if re.fullmatch(_JAPAN_WITHOUT_PLUS, kept) else kept


_MACROS = f"""
create or replace temp macro line_key(x) as substr(sha256(getvariable('line_outer') ||
  unhex(sha256(getvariable('line_inner') || encode(x)))), 1, {HEX_DIGITS});
create or replace temp macro kept_digits(x) as
  regexp_replace(translate(x, '{_WIDE}', '0123456789+'), '[^0-9+]', '', 'g');
create or replace temp macro is_number(x) as case
  when x is null or strlen(x) < {MINIMUM_DIGITS} then false
  when regexp_full_match(x, '{_PLAIN}') then true
  else length(replace(kept_digits(x), '+', '')) >= {MINIMUM_DIGITS} end;
create or replace temp macro normalised(x) as case
  when regexp_full_match(x, '{_PLAIN}') then x
  when kept_digits(x)[:4] = '+810' then kept_digits(x)[4:]
  when kept_digits(x)[:3] = '+81' then '0' || kept_digits(x)[4:]
  when regexp_full_match(kept_digits(x), '{_JAPAN_WITHOUT_PLUS}') then '0' || kept_digits(x)[3:]
  else kept_digits(x) end;
create or replace temp macro number_pseudonym(x) as case when is_number(x) then
  substr(sha256(getvariable('number_outer') ||
  unhex(sha256(getvariable('number_inner') || encode(normalised(x))))), 1, {HEX_DIGITS}) end;
"""


def _derive(key: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, salt=None, info=b"madoguchi pseudonyms v1 " + purpose).derive(key)


def _hmac(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:HEX_DIGITS]


def _pads(key: bytes) -> tuple[bytes, bytes]:
    block = key.ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)
