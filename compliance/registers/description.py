"""What a register holds, as data: fields with their Japanese titles, what makes an entry the one it is, who may write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from compliance.people.rights import Right


class FieldKind(StrEnum):
    """What a field takes. All but `WORDS` lie in clear."""

    LABEL = "label"
    """A short text that names or reaches no citizen."""
    TEXT = "text"
    """A longer one, of the centre's or the city's own: it lies in clear and so names or reaches no citizen either."""
    WORDS = "words"
    """What somebody said or is called: sealed under the key of what the entry is about."""
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"
    NUMBER = "number"
    STAFF = "staff"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `title` is what sheets and papers call it; `choices` gives titles by code."""

    name: str
    title: str
    kind: FieldKind
    is_needed: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """When an entry waits for nobody any more: its `field` is filled, with `code` where that is named. It waits from the moment
    that `begins` is filled, at once where that is blank. `title` says what it waits for; `fills` are the fields that whoever
    ends it need not type (the present moment or day, their own id)."""

    title: str
    field: str
    code: str = ""
    begins: str = ""
    fills: tuple[str, ...] = ()

    def is_open(self, values: Mapping[str, str]) -> bool:
        """Whether an entry with those values waits for somebody."""
        has_begun = not self.begins or bool(values.get(self.begins))
        end = values.get(self.field, "")
        return has_begun and (end != self.code if self.code else not end)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the values of one entry must not say at once. `holds` is asked of the entry's texts by field; `field` is the one to
    mend, `text` what to do, in Japanese."""

    field: str
    text: str
    holds: Callable[[Mapping[str, str]], bool]


def in_order(earlier: str, later: str, text: str) -> Agreement:
    """That of two days or two moments, where both are filled in, the one is not before the other."""

    def holds(values: Mapping[str, str]) -> bool:
        first, second = values.get(earlier, ""), values.get(later, "")
        if not first or not second:
            return True
        return datetime.fromisoformat(first) <= datetime.fromisoformat(second)

    return Agreement(later, text, holds)


@dataclass(frozen=True, slots=True)
class Fixing:
    """What an entry no longer changes once its field `by` is filled in: the `fields` that whoever confirmed it looked at. Whoever has
    the `right` confirms; others only note that of what stands there."""

    by: str
    fields: tuple[str, ...]
    right: Right


@dataclass(frozen=True, slots=True)
class Filing:
    """A paper for the city that one entry makes, or, with `is_list`, all entries in force as its rows. `lines` are its printed
    titles by the field that fills each, in order; a field without a value prints 未記入. `clause` names what it rests on in the
    words of the contract. It `applies` to entries of which that is so."""

    title: str
    clause: str
    opening: str
    lines: Mapping[str, str]
    applies: Callable[[Mapping[str, str]], bool] = lambda _: True
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """One register. Entries are about an inquiry where `is_about_inquiry` is set; `identity` names the fields that make an
    entry the one it is (beside what it is about): the same again is a correction. `clause` is the name by which the words of the
    contract cite it (`compliance.contract.words`). `write` is the
    right to enter, and to read what is sealed; `ending` null where no entry waits for anybody."""

    name: str
    title: str
    clause: str
    write: Right
    fields: tuple[Field, ...]
    identity: tuple[str, ...] = ()
    is_about_inquiry: bool = False
    filings: tuple[Filing, ...] = ()
    """The papers that its entries make for the city: of one entry the first that applies to it."""
    ending: Ending | None = None
    agreements: tuple[Agreement, ...] = ()
    """Asked once every field has its shape."""
    own: str = ""
    """The field that names whose entry it is, where nobody but an overseer writes another's; blank where the right alone decides."""
    own_at: str = ""
    """The moment at which an entry of one's own happened: its writer's are of the day on which they are entered."""
    fixing: Fixing | None = None

    def is_confirmed_by(self, may: Callable[[Right], bool]) -> bool:
        """Whether somebody who has those rights confirms what an entry fixes."""
        return self.fixing is None or may(self.fixing.right)

    @property
    def words(self) -> tuple[Field, ...]:
        """The fields that are sealed."""
        return tuple(one for one in self.fields if one.kind is FieldKind.WORDS)

    @property
    def plain(self) -> tuple[Field, ...]:
        """The fields that lie in clear."""
        return tuple(one for one in self.fields if one.kind is not FieldKind.WORDS)

    def filing_of(self, values: Mapping[str, str]) -> Filing | None:
        """The paper that an entry makes; null where it makes none."""
        return next((one for one in self.filings if not one.is_list and one.applies(values)), None)

    @property
    def list_filing(self) -> Filing | None:
        """The paper that all its entries make together; null where there is none."""
        return next((one for one in self.filings if one.is_list), None)

    def field(self, name: str) -> Field:
        """One field by its name.

        Raises:
            KeyError: it has none of that name.
        """
        return next(one for one in self.fields if one.name == name)
