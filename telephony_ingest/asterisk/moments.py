"""Which moments and lengths can be an exchange's: the one place that says so, for SQL and Python alike.

Nothing that this reads was written before 2000 or will be after 2099. Any other time is a slip of a clock or of a byte;
its line is set aside as `implausible_time`, never taken for a day of that year. Every conversion here is a try: what
cannot be converted is null, and no text, however long, ends a query.
"""

from __future__ import annotations

from datetime import UTC, datetime

_CENTURY = "20"
"""How the year of a plausible time begins."""
_FROM = int(datetime(int(f"{_CENTURY}00"), 1, 1, tzinfo=UTC).timestamp())
_UNTIL = int(datetime(int(f"{_CENTURY}99") + 1, 1, 1, tzinfo=UTC).timestamp())
_MOST_SECONDS = 10**9
"""A length beyond thirty years is none."""


def moment_of(second: str) -> datetime | None:
    """The moment of a second since 1970 (Unix time) in decimal digits; null where it is none, or implausible."""
    if not (second.isascii() and second.isdigit()) or len(second) > len(str(_UNTIL)):
        return None
    return datetime.fromtimestamp(int(second), UTC) if _FROM <= int(second) < _UNTIL else None


def length_of(seconds: str) -> float | None:
    """A length in seconds; null where the text is none, or implausible."""
    try:
        length = float(seconds)
    except ValueError:
        return None
    return length if abs(length) <= _MOST_SECONDS else None


MACROS = f"""
create or replace temp macro length_of(x) as case
  when abs(try_cast(x as double)) <= {_MOST_SECONDS} then try_cast(x as double) end;
create or replace temp macro second_of(x) as case
  when x between {_FROM} and {_UNTIL} - 1 then to_timestamp(x) end;
create or replace temp macro local_instant(x) as timezone(getvariable('time_zone'), try_cast(x as timestamp))
  + to_seconds(cast(getvariable('seconds_off') as integer));
create or replace temp macro instant(x) as case
  when starts_with(x, '{_CENTURY}') and x[5] = '-' and length(x) <= 26 and x[20] not in ('+', '-')
    and not contains(x, '(') then local_instant(x)
  when regexp_full_match(x, '[0-9]{{9,10}}([.][0-9]{{1,9}})?') then case
    when try_cast(split_part(x, '.', 1) as bigint) between {_FROM} and {_UNTIL} - 1
    then make_timestamptz(cast(round(cast(x as decimal(20, 9)) * 1000000) as bigint)) end
  when not regexp_full_match(x, ' *{_CENTURY}[0-9]{{2}}[-/][^(]*') then null
  when regexp_full_match(x, '.{{19}}.*[+-][0-9]{{2}}:?[0-9]{{2}}')
    then try_cast(regexp_replace(x, '([0-9]{{2}}):?([0-9]{{2}})$', '\\1:\\2') as timestamptz)
  else local_instant(x) end;
create or replace temp macro is_elsewhen(x) as
  coalesce(regexp_full_match(x, '-?[0-9]{{9,}}([.][0-9]+)?') or try_cast(x as timestamp) is not null, false);
create or replace temp macro is_beyond(moment) as coalesce(moment >= to_timestamp({_UNTIL}), false);
"""
"""`second_of` a whole number since 1970, `instant` of any way to write a time, `length_of` seconds: null where they are none. `is_elsewhen`:
a text of which `instant` is null is a time all the same, of another age."""
