"""The papers as the desk needs them: what the register says of each edition, and the acts that are handed in. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from compliance.ground.acts import Actor


def path_of(kind: str, period: str) -> str:
    """The desk's page of a paper, from the door's root."""
    return f"/papers/{kind}/{period}"


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file of an edition by its registered name. `form` is what it is once open (`pdf`); a sealed one quotes callers: `sha256` is
    of what the city receives and `size_bytes` of what lies sealed."""

    name: str
    size_bytes: int
    sha256: str
    form: str
    is_sealed: bool

    @property
    def saved_name(self) -> str:
        """What it is called where it is saved: a sealed one is given away open."""
        return self.name.removesuffix(".sealed") if self.is_sealed else self.name


@dataclass(frozen=True, slots=True)
class PaperEdition:
    """One edition; `due` is null where no day is set. `was_handed_over`: the city has it, and `awaits_receipt` while nobody noted its receipt; `confirmed_by` is blank while it waits for the manager."""

    kind: str
    title: str
    period: str
    edition: int
    due: date | None
    made_at: datetime
    is_late: bool
    state: str
    was_handed_over: bool
    confirmed_by: str
    data_sha256: str
    awaits_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """The edition that somebody looked at: the number and the data digest that their page showed."""

    kind: str
    period: str
    edition: int
    data_sha256: str
    despite: bool = False
    """They were shown what it says in two ways, and take it upon them."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The city's receipt of an edition: its day, and its number where it has one."""

    on: date
    number: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is done with papers.

    `editions` gives every edition of every paper, or of one kind and period; `files` those of an edition. `clear` reads a file
    that lies in clear, `unsealed` opens a sealed one and notes who did; both raise `HomeDamaged` where it is not what was
    made, `unsealed` also `KeyUnavailable` where its words were erased. `confirm` takes the actor's staff id, their passphrase
    and what they looked at, and returns false where it was confirmed already; it raises `PersonUnproved`, `KeyUnavailable`,
    `NotAllowed` and, where the edition is not the latest or was made anew, `EntryRefused`. `receive` notes the city's receipt and
    raises the same; `EntryRefused` where it was not handed over, or the day cannot be.
    """

    editions: Callable[[str | None, str | None], Sequence[PaperEdition]]
    files: Callable[[PaperEdition], Sequence[PaperFile]]
    clear: Callable[[PaperEdition, PaperFile], bytes]
    unsealed: Callable[[PaperEdition, PaperFile, Actor], bytes]
    confirm: Callable[[str, str, Looked], bool]
    contradictions: Callable[[PaperEdition], Sequence[str]] = lambda _: ()
    receive: Callable[[str, str, Looked, Receipt], None] = lambda *_: None
