"""Takes in what the PBX wrote since the last time: one call per kind of source.

The composition root hands `telephony_ingest` what it must not know: the keys of the pseudonyms, the
cursor cache, the catalogue of recordings. What a source refused is kept in `operations.db`, because
the papers say so.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from application.home.session import Workplace
from application.pbx_access import access_to_tables
from application.warehouse.landed import rows_of
from application.warehouse.reading import in_memory
from compliance.ground import durable
from compliance.ground.clock import ClockKind
from compliance.ground.cursors import CursorStore
from compliance.ground.source_states import record_states
from compliance.keys.keyring import Keyring
from compliance.vault.catalogue import SpooledRecording, in_state, register_recordings
from compliance.vault.custody import SealReport, seal_spooled
from compliance.vault.states import RecordingState
from telephony_ingest.ami.journal import sweep
from telephony_ingest.exchange import DATASETS, SOUNDS, Sounds, land, landing_session
from telephony_ingest.landing.compaction import compacted
from telephony_ingest.landing.dataset import Dataset
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.session import LandingSession
from telephony_ingest.landing.sources import State


@dataclass(frozen=True, slots=True)
class LandedRows:
    """All that has been landed of one kind. `last_at` is the latest row's own time, null without rows."""

    rows: int
    last_at: datetime | None


def landed_so_far(workplace: Workplace, dataset: Dataset) -> LandedRows:
    """How much there is of one kind, and how far it reaches."""
    home = workplace.home
    rows, files = rows_of(home.landing, dataset.name, home.landed)
    if not files:
        return LandedRows(rows, None)
    with in_memory() as connection:
        found = connection.execute(
            f"select epoch(max({dataset.time_column})) from read_parquet($1, union_by_name = true)",
            [[str(path) for path in files]],
        ).fetchone()
    return LandedRows(rows, datetime.fromtimestamp(found[0], UTC) if found else None)


def taken_in(workplace: Workplace, dataset: Dataset) -> LandingReport:
    """What this run took in of one kind; taken in now where the run has not done so yet."""
    known = _known(workplace, dataset)
    return ingest(workplace, dataset) if known is None else known


def everything_taken_in(workplace: Workplace) -> list[LandingReport]:
    """What this run took in of every kind, in one sitting."""
    with _sitting(workplace) as session:
        return [
            _known(workplace, dataset) or _ingest(workplace, session, dataset)
            for dataset in DATASETS.values()
        ]


def _known(workplace: Workplace, dataset: Dataset) -> LandingReport | None:
    landed = (report for report in workplace.journal.landings if report.kind == dataset.name)
    return next(landed, None)


def _in_custody(workplace: Workplace, session: LandingSession, sounds: Sounds) -> SealReport:
    """Register the sounds that landed, and seal those that are still in clear."""
    names = [field.name for field in fields(SpooledRecording)]
    seen = [
        SpooledRecording(**{name: getattr(recording, name) for name in names})
        for recording in sounds.catalogued(session)
    ]
    register_recordings(workplace.engine, seen, workplace.now)
    wanted = set(in_state(workplace.engine, RecordingState.SPOOLED, sounds.kind))
    if workplace.pbx.remove_after_seal:  # a crash may have left the plaintext of what is sealed
        wanted |= in_state(workplace.engine, RecordingState.SEALED, sounds.kind).keys()
    files = sounds.spooled(session, workplace.pbx, wanted)
    return seal_spooled(
        workplace.engine,
        workplace.home,
        Keyring.open(workplace.home),
        files,
        workplace.now,
        remove_after_seal=workplace.pbx.remove_after_seal,
        kind=sounds.kind,
    )


def ingest(workplace: Workplace, dataset: Dataset) -> LandingReport:
    """Land the new rows of one kind, and keep what was refused.

    A simulated home reads up to its present time. A real one reads all there is: were a row that a
    wrong clock dated ahead to wait for its time, everything written after it would wait too. A source
    that cannot be read is part of the report, never an error: the others go on. Recordings are taken into
    custody at once.
    """
    with _sitting(workplace) as session:
        return _ingest(workplace, session, dataset)


def _swept(report: LandingReport, heard: Path) -> None:
    """What has landed whole goes, once nobody writes to it any more by the machine's own clock, which dated the files."""
    is_whole = all(source.state in (State.OK, State.NO_LINES) for source in report.sources)
    if is_whole and not report.rows_waiting:
        sweep(heard, datetime.fromtimestamp(time.time(), UTC))


def _sitting(workplace: Workplace) -> AbstractContextManager[LandingSession]:
    return landing_session(
        workplace.pbx,
        workplace.home.landing,
        upto=workplace.now if workplace.clock is ClockKind.SIMULATED else None,
        now=workplace.now,
        pseudonyms=workplace.pseudonyms,
        cursors=CursorStore(workplace.engine, workplace.now),
        durable=durable,
        access=access_to_tables(workplace),
        heard=workplace.home.heard if workplace.pbx.ami is not None else None,
    )


def _ingest(workplace: Workplace, session: LandingSession, dataset: Dataset) -> LandingReport:
    report = land(dataset, workplace.pbx, session)
    compacted(session, dataset.name, is_of_objects=dataset.name in SOUNDS)
    if sounds := SOUNDS.get(dataset.name):
        workplace.journal.sealed(_in_custody(workplace, session, sounds))
    if dataset.name == "manager_events" and session.heard is not None:
        _swept(report, session.heard)
    troubled = [source for source in report.sources if source.is_trouble]
    record_states(workplace.engine, report.kind, troubled, workplace.now)
    workplace.journal.landed(report)
    return report
