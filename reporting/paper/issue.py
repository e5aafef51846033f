"""The one driver of papers: decides which edition the data ask for, packs it, registers it, restores it.

A paper is decided from its data alone: unchanged data write nothing; a draft is replaced; data that moved
after the paper counts as delivered make a new edition that says what moved. Files reach the outbox before
the register names them, so that a run which died in between writes the same files again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine

from compliance.contract.due import PaperPeriod
from compliance.deliverables.edition import Change, Deliverable, DeliverableFile, decide_edition
from compliance.deliverables.register import confirm as register_confirmation
from compliance.deliverables.register import (
    delivered_files,
    editions,
    must_be_latest,
    note_judged,
    record_deliverable,
    registered,
    registered_files,
)
from compliance.ground.acts import Actor
from reporting.errors import ReportUnreadable
from reporting.paper.inputs import reasoned, under_the_terms_of
from reporting.paper.kind import Confirmation, PaperKind, Words, with_confirmation
from reporting.paper.packaging import (
    SEALED,
    FileContent,
    PackedFile,
    WriteDurably,
    changed_files,
    file_stem,
    form_of,
    manifest,
    manifest_name,
    pack,
    packed_file,
)

Seal = Callable[[Sequence[str], str, bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where papers go: the register, the outbox, the durable writer, and the present time; `checkpoint` gives
    the audit log's present one, blank where there is no log. `words` opens what papers print of callers, `seal`
    seals a file (inquiries, place, content) under the keys of those inquiries, null where none has words. `confirmation` is
    what papers print of whoever confirmed an edition, null where nobody has."""

    engine: Engine
    root: Path
    write: WriteDurably
    now: datetime
    words: Words
    seal: Seal
    checkpoint: Callable[[], str] = str
    confirmation: Callable[[Deliverable], Confirmation | None] = lambda _: None


class Printed(Protocol):
    """How a paper is printed: what it is called, and in which forms (`pdf`, `xlsx`)."""

    @property
    def title(self) -> str: ...
    @property
    def formats(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class PrintedAs:
    """How a paper is printed that no contract's terms name."""

    title: str
    formats: tuple[str, ...] = ("pdf", "xlsx")


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper that was looked at: written, or found unchanged. `files`: names and SHA-256."""

    kind: str
    period: str
    title: str
    edition: int
    is_written: bool
    folder: Path
    files: Mapping[str, str]
    headline: tuple[tuple[str, int], ...]
    corrections: int


@dataclass(frozen=True, slots=True)
class Touched:
    """A file of an edition that was not as registered; `is_restored`: it is again."""

    kind: str
    period: str
    name: str
    is_restored: bool


def issue(
    kind: PaperKind[Any],
    terms: Printed,
    period: PaperPeriod,
    value: Any,
    inputs: str,
    outbox: Outbox,
) -> Issued:
    """Make a period's paper from its value, or find that nothing moved since its latest edition.

    `inputs` is what the value was read from (`Inputs.written`); it saves work, and tells why something moved.

    Raises:
        AlreadyDelivered: a delivered file would change.
    """
    digest = kind.digest(value)
    earlier = editions(outbox.engine, kind.kind, period.key)
    latest = earlier[-1] if earlier else None
    if latest is not None and (kept := _moved_by_terms_alone(kind, latest, value, inputs)):
        note_judged(outbox.engine, latest, kept)
        known, as_made = registered_files(outbox.engine, latest), kind.from_json(latest.data_json)
        return _issued(kind, terms, period, as_made, known, outbox, is_written=False)
    decision = decide_edition(latest, _as_kept(kind, latest, digest))
    if decision.edition > 1:
        corrected = earlier[decision.edition - 2]
        moved = kind.corrections(kind.from_json(corrected.data_json), value)
        told = reasoned(moved, corrected.inputs_sha256, inputs)
        value = value.as_edition(decision.edition, told)
    if decision.change is Change.UNCHANGED and latest is not None:
        note_judged(outbox.engine, latest, inputs)
        known = registered_files(outbox.engine, latest)
        return _issued(kind, terms, period, value, known, outbox, is_written=False)
    files = _write(kind, terms, period, value, digest, inputs, outbox)
    return _issued(kind, terms, period, value, files, outbox, is_written=True)


def keep(
    kind: PaperKind[Any],
    period: PaperPeriod,
    value: Any,
    files: Mapping[str, FileContent],
    outbox: Outbox,
) -> None:
    """Register a paper whose files, made, signed or sealed elsewhere, lie in the outbox; safe to repeat until somebody confirmed it.

    Raises:
        Outdated: it is confirmed, with other files.
    """
    packed = [packed_file(name, content) for name, content in sorted(files.items())]
    kept = [DeliverableFile(f.name, f.sha256, f.size_bytes, f.content_sha256) for f in packed]
    earlier = editions(outbox.engine, kind.kind, period.key)
    if earlier and registered(outbox.engine, earlier[-1]) == tuple(kept):
        return
    paper = Deliverable(
        kind=kind.kind,
        period=period.key,
        edition=1,
        due_date=period.due_date,
        data_sha256=kind.digest(value),
        data_json=kind.to_json(value),
        made_at=outbox.now,
        checkpoint=value.checkpoint or "",
    )
    record_deliverable(outbox.engine, paper, kept)


def _moved_by_terms_alone(
    kind: PaperKind[Any], latest: Deliverable, value: Any, inputs: str
) -> str | None:
    """The inputs from which an edition is judged now that stays as it is, since what moved in earlier days moved nothing that it
    prints of them, and its own days' facts are the same; else null."""
    judged = under_the_terms_of(latest.inputs_sha256, inputs)
    if judged is None or kind.of_earlier_days is None:
        return None
    try:
        before = kind.of_earlier_days(kind.from_json(latest.data_json))
    except ReportUnreadable:
        return None
    return judged if before == kind.of_earlier_days(value) else None


def _as_kept(kind: PaperKind[Any], latest: Deliverable | None, digest: str) -> str:
    """The digest of an edition as it is kept, where the value says the same as that edition: a field that came with a later
    version of the programme, and has nothing to tell of it, moves nothing."""
    if latest is None or latest.data_sha256 == digest:
        return digest
    try:
        is_same = kind.digest(kind.from_json(latest.data_json)) == digest
    except ReportUnreadable:
        return digest
    return latest.data_sha256 if is_same else digest


def restore(kind: PaperKind[Any], paper: Deliverable, outbox: Outbox) -> Iterator[Touched]:
    """Make files of an edition again that are gone or were touched, from the register's own data.

    Only what comes out byte for byte as registered is put in place; the rest stays as it is found. The manifest
    follows once every file is as registered.
    """
    folder = kind.lies_in(outbox.root, paper.period)
    files = registered(outbox.engine, paper)
    digests = {file.name: file.sha256 for file in files}
    changed = changed_files(folder, digests)
    if kind.is_fixed:
        for name in changed:
            yield Touched(paper.kind, paper.period, name, is_restored=False)
        return
    if changed:
        value = with_confirmation(kind.from_json(paper.data_json), outbox.confirmation(paper))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in changed:
        content = _content(kind, paper.period, value, form_of(name), paper.made_at, outbox).kept
        is_same = hashlib.sha256(content).hexdigest() == digests[name]
        if is_same:
            outbox.write(folder / name, content)
        yield Touched(paper.kind, paper.period, name, is_same)
    if changed_files(folder, digests):
        return  # register and files disagree: which of the two is right is not ours to say
    name, content = manifest_name(paper.edition), _manifest(paper, files)
    if not (folder / name).is_file() or (folder / name).read_bytes() != content:
        outbox.write(folder / name, content)
        yield Touched(paper.kind, paper.period, name, is_restored=True)


def confirm(kind: PaperKind[Any], actor: Actor, paper: Deliverable, outbox: Outbox) -> bool:
    """Confirm an edition for the manager: its files are made once more with who confirmed and when, of the very data that were
    looked at, and registered in their place together with the confirmation. False where it was confirmed already.

    A run that dies between files and register leaves files that the next one makes again as they are registered. Of a paper
    that `is_fixed` the manifest with which it leaves says who confirmed.

    Raises:
        EntryRefused: it is not the latest edition, or was made anew since it was looked at.
    """
    must_be_latest(outbox.engine, paper)
    if paper.confirmed_at is not None:
        return False
    if kind.is_fixed:
        return register_confirmation(outbox.engine, actor, paper)
    confirmed = replace(paper, confirmed_at=actor.at, confirmed_by=actor.staff_id)
    value = with_confirmation(kind.from_json(paper.data_json), outbox.confirmation(confirmed))
    folder, files = kind.lies_in(outbox.root, paper.period), []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in registered(outbox.engine, paper):
        content = _content(kind, paper.period, value, form_of(file.name), paper.made_at, outbox)
        if file.name.endswith(SEALED) and content.sealed is None:
            files.append(file)  # its words were erased: what was made of them stays as it is
            continue
        outbox.write(folder / file.name, content.kept)
        packed = packed_file(file.name, content)
        files.append(DeliverableFile(packed.name, packed.sha256, packed.size_bytes, packed.content_sha256))  # fmt: skip
    is_new = register_confirmation(outbox.engine, actor, paper, files)
    if is_new:
        outbox.write(folder / manifest_name(paper.edition), _manifest(confirmed, files))
    return is_new


def _manifest(paper: Deliverable, files: Sequence[DeliverableFile]) -> bytes:
    """The manifest that the register's facts give."""
    return manifest(
        kind=paper.kind,
        period=paper.period,
        edition=paper.edition,
        due_date=paper.due_date,
        made_at=paper.made_at,
        data_sha256=paper.data_sha256,
        checkpoint=paper.checkpoint,
        files=[PackedFile(f.name, f.sha256, f.size_bytes, f.content_sha256) for f in files],
        confirmed_at=paper.confirmed_at,
        confirmed_by=paper.confirmed_by,
    )


def _write(
    kind: PaperKind[Any],
    terms: Printed,
    period: PaperPeriod,
    value: Any,
    digest: str,
    inputs: str,
    outbox: Outbox,
) -> Mapping[str, str]:
    checkpoint = outbox.checkpoint()
    value = replace(value, checkpoint=checkpoint or None)
    package = pack(
        kind.lies_in(outbox.root, period.key),
        file_stem(terms.title, period.label, period.key, value.edition),
        value.edition,
        {
            form: _content(kind, period.key, value, form, outbox.now, outbox)
            for form in terms.formats
        },
        kind=kind.kind,
        period=period.key,
        due_date=period.due_date,
        made_at=outbox.now,
        data_sha256=digest,
        checkpoint=checkpoint,
        delivered=delivered_files(outbox.engine, kind.kind, period.key),
        write=outbox.write,
    )
    record_deliverable(
        outbox.engine,
        Deliverable(
            kind=kind.kind,
            period=period.key,
            edition=value.edition,
            due_date=period.due_date,
            data_sha256=digest,
            data_json=kind.to_json(value),
            made_at=outbox.now,
            inputs_sha256=inputs,
            checkpoint=checkpoint,
        ),
        [DeliverableFile(f.name, f.sha256, f.size_bytes, f.content_sha256) for f in package.files],
    )
    return {f.name: f.sha256 for f in package.files}


def place_of(kind: str, period: str, edition: int, form: str) -> str:
    """What a sealed file is bound to."""
    return f"{kind}/{period}/r{edition}/{form}"


def _content(
    kind: PaperKind[Any], period: str, value: Any, form: str, printed_at: datetime, outbox: Outbox
) -> FileContent:
    """One form of a value with its words, sealed where it has any."""
    plain = kind.render(form, kind.told(value, outbox.words), printed_at)
    subjects = kind.subjects(value)
    if not subjects:
        return FileContent(plain)
    place = place_of(kind.kind, period, value.edition, form)
    return FileContent(plain, outbox.seal(subjects, place, plain))


def _issued(
    kind: PaperKind[Any],
    terms: Printed,
    period: PaperPeriod,
    value: Any,
    files: Mapping[str, str],
    outbox: Outbox,
    *,
    is_written: bool,
) -> Issued:
    return Issued(
        kind=kind.kind,
        period=period.key,
        title=f"{terms.title} {period.label or period.key}",
        edition=value.edition,
        is_written=is_written,
        folder=kind.lies_in(outbox.root, period.key),
        files=files,
        headline=kind.headline(value),
        corrections=len(value.corrections),
    )
