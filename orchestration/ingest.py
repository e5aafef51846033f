"""Takes in what the PBX wrote since the last time: one call per kind of source.

The composition root hands `telephony_ingest` what it must not know: the keys of the pseudonyms, the
cursor cache, the catalogue of recordings. What a source refused is kept in `operations.db`, because
the papers say so.
"""

from __future__ import annotations

from compliance.cursors import CursorStore
from compliance.recordings import register_recording
from compliance.source_states import record_states
from telephony_ingest.landing import LandingReport, SourceKind, land

from compliance import durable
from orchestration.workplace import Workplace


def ingest(workplace: Workplace, kind: SourceKind) -> LandingReport:
    """Land the new rows of one kind up to the home's present time, and keep what was refused.

    A source that cannot be read is part of the report, never an error: the others go on.
    """
    report = land(
        kind,
        workplace.pbx,
        workplace.home.landing,
        upto=workplace.now,
        now=workplace.now,
        pseudonyms=workplace.pseudonyms,
        cursors=CursorStore(workplace.engine),
        durable=durable,
        register_recording=lambda seen: register_recording(workplace.engine, seen, workplace.now),
    )
    record_states(workplace.engine, report.kind, report.sources, workplace.now)
    workplace.journal.landed(report)
    return report
