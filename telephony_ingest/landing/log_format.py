"""How lines of a log become landing rows: fields, columns, verdicts, and the orders in which sites write.

A `LogFormat` knows its fields by name. In which order a file holds them is its `Layout`, found by the
file's own header or by shape, so that the same format reads what different sites write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one file in their order; a column that is not kept has the name `""`.

    `others` are orders that single lines may have instead, by their number of fields: a site that
    switches an option on goes on writing into the same file. Where no first row is in a known order, the layout `is_guess`: the
    usual one, since rows of all lengths are bad lines. `form` says in a few words how it was found.
    """

    columns: tuple[str, ...]
    has_header: bool = False
    is_guess: bool = False
    others: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    form: str = ""


@dataclass(frozen=True, slots=True)
class Divided:
    """Lines of any number of fields with a divider (one ASCII character) between them, without quotes.

    `front` names the first fields, `back` the last ones, the very last at the end; `count` is how many a line has. A
    field that a line does not have is null.
    """

    divider: str
    front: tuple[str, ...]
    back: tuple[str, ...]
    count: str


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How one writer's lines become landing rows. Expressions are DuckDB SQL over the raw fields.

    `fields` are what expressions may name: of CSV by the file's layout, or with a `divided` what stands between a line's
    dividers. `row_key` tells
    when a row was delivered twice: the record's own identity where its writer gives one, else the keyed
    digest of the line. `columns` may take as given what `bad_when` demands, and `row_time` as computed; `row_time` and `bad_when` what is
    `given`, which is worked out once for both.
    `header_when` tells a header from a row. `recognise` finds the layout from the first rows (null: none
    that is known), `stranger` says from the first lines what the file is instead of such a log and what to do (null: nothing
    else), `seconds_off` by how many seconds the file's times lie before its own unique ids (null: nothing in it
    tells; then it is read as the other files of its writer); `told` are reasons of `bad_when` that a file is named for;
    `columns_setting` and `zone_setting` are what a site may write where these are not to be told.
    """

    fields: tuple[str, ...]
    columns: Mapping[str, str]
    row_time: str
    bad_when: tuple[tuple[str, str], ...]
    row_key: str = "line_key(line)"
    divided: Divided | None = None
    header_when: str = "false"
    recognise: Callable[[Rows], Layout | None] | None = None
    stranger: Callable[[Sequence[bytes]], str | None] | None = None
    seconds_off: Callable[[Rows, Layout, str], int | None] | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    columns_setting: str = ""
    zone_setting: str = ""
    time_zone: str = "Asia/Tokyo"
