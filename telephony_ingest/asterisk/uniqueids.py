"""The unique id of a channel: `1700438494.7`, or with the exchange's system name `pbx-tokyo-1700438494.7`.

Its second is when the channel began (`ast_channel_alloc`), its number counts the channels since the start.
A system name may hold hyphens and dots, since many sites take the host's. It names
the exchange and no person, so its letters pass; with six digits or more it could be a number and lands as
its keyed code.
"""

from __future__ import annotations

import re

from telephony_ingest.landing.names import MOST_DIGITS, Names

_TAIL = r"[0-9]{9,11}\.[0-9]{1,9}"
_SYSTEM = r"[A-Za-z0-9_.-]{1,64}"
_WHOLE = re.compile(rf"(?s)(?:(.+)-)?({_TAIL})")
_BEGAN = re.compile(r"([0-9]{9,11})\.[0-9]{1,9}$")
_IN_A_NAME = re.compile(rf"(?<![0-9.])({_TAIL})(?![0-9])")

MACROS = f"""
create or replace temp macro kept_system(x) as case
  when regexp_full_match(x, '{_SYSTEM}') and length(regexp_replace(x, '[^0-9]', '', 'g')) <= {MOST_DIGITS}
    then x else name_code(x) end;
create or replace temp macro kept_uniqueid(x) as case
  when regexp_full_match(x, '{_TAIL}') then x
  when regexp_full_match(x, '(?s).+-{_TAIL}') then
    kept_system(regexp_extract(x, '(?s)^(.+)-({_TAIL})$', 1)) || '-' ||
    regexp_extract(x, '(?s)^(.+)-({_TAIL})$', 2) end;
"""
"""`kept_uniqueid(text)`: the id as it lands, null for what is none."""


def kept_uniqueid(text: str, names: Names) -> str | None:
    """The id as it lands; null for what is none."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        return None
    system, tail = found[1], found[2]
    if system is None:
        return str(tail)
    digits = sum(letter in "0123456789" for letter in system)
    is_plain = re.fullmatch(_SYSTEM, system) is not None and digits <= MOST_DIGITS
    return f"{system if is_plain else names.code(system)}-{tail}"


def began_at(uniqueid: str) -> int | None:
    """The second (Unix time) in which the channel began; null for what is no unique id."""
    found = _BEGAN.search(uniqueid)
    return None if found is None else int(found[1])


def tail_in(text: str) -> str | None:
    """The last unique id within a file's name, without the system name: null where there is none."""
    found = _IN_A_NAME.findall(text)
    return str(found[-1]) if found else None
