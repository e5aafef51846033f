"""The unique id of a channel: `1700438494.7`, or with the exchange's system name `pbx-tokyo-1700438494.7`.

Its second is when the channel began (`ast_channel_alloc`), its number counts the channels since the start.
A system name may hold hyphens and dots, since many sites take the host's. It names
the exchange and no person, so its letters pass; with six digits or more it could be a number and lands as
its keyed code.

An application that makes channels (ARI, AMI's Originate) may choose their ids: whatever 150 characters hold
(`AST_MAX_UNIQUEID`) is an id too. It lands as itself where it is a UUID (RFC 9562) or made of words of the trade, else
as its keyed code. Digits alone are no id but what is left of one, nor is what queue_log writes where a line is about no
call (`NONE`, `MANAGER`, `REALTIME`).
"""

from __future__ import annotations

import re

from telephony_ingest.landing.names import MOST_DIGITS, Names

_TAIL = r"[0-9]{9,11}\.[0-9]{1,9}"
_SYSTEM = r"[A-Za-z0-9_.-]{1,64}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SHAPE = r"^[A-Za-z0-9_.*#-]{1,150}$"
"""Of every id as it lands."""
NO_CALLS = ("NONE", "MANAGER", "REALTIME")
"""What queue_log writes in an id's place where a line is about no call."""
_CHOSEN = r"[^\x00-\x1f\x7f]{1,150}"
_REST = r"[0-9.]*"
_WHOLE = re.compile(rf"(?s)(?:(.+)-)?({_TAIL})")
_BEGAN = re.compile(r"([0-9]{9,11})\.[0-9]{1,9}$")
_IN_A_NAME = re.compile(rf"(?<![0-9.])({_TAIL})(?![0-9])")

_NONE = ", ".join(f"'{word}'" for word in NO_CALLS)
MACROS = f"""
create or replace temp macro kept_system(x) as case
  when regexp_full_match(x, '{_SYSTEM}') and length(regexp_replace(x, '[^0-9]', '', 'g')) <= {MOST_DIGITS}
    then x else name_code(x) end;
create or replace temp macro is_uniqueid(x) as regexp_full_match(x, '(?s)(.+-)?{_TAIL}');
create or replace temp macro kept_uniqueid(x) as case
  when regexp_full_match(x, '{_TAIL}') then x
  when regexp_full_match(x, '(?s).+-{_TAIL}') then
    kept_system(regexp_extract(x, '(?s)^(.+)-({_TAIL})$', 1)) || '-' ||
    regexp_extract(x, '(?s)^(.+)-({_TAIL})$', 2)
  when x in ({_NONE}) or not regexp_full_match(x, '{_CHOSEN}')
    or regexp_full_match(x, '{_REST}') then null
  when regexp_full_match(x, '{UUID}') then x
  else kept_name(x) end;
"""
"""`kept_uniqueid(text)`: the id as it lands, null for what is none. `is_uniqueid(text)`: the exchange itself made it."""


def kept_uniqueid(text: str, names: Names) -> str | None:
    """The id as it lands; null for what is none."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        if text in NO_CALLS or not re.fullmatch(_CHOSEN, text) or re.fullmatch(_REST, text):
            return None
        return text if re.fullmatch(UUID, text) else names.name(text)
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
