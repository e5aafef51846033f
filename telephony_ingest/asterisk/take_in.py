"""Takes in what an Asterisk PBX wrote since the last time: one call per kind of source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from telephony_ingest.asterisk import formats, recordings, tables, voicemail
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.manager_events import MANAGER_EVENTS, PATTERN
from telephony_ingest.asterisk.settings import Dialplan, PbxSettings
from telephony_ingest.landing import logs, objects
from telephony_ingest.landing.dataset import Dataset
from telephony_ingest.landing.names import Names
from telephony_ingest.landing.pseudonyms import Pseudonyms
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.scanners import Access
from telephony_ingest.landing.session import CursorCache, Durable, LandingSession, database
from telephony_ingest.landing.sources import SourceState, State


@contextmanager
def landing_session(
    settings: PbxSettings,
    landing: Path,
    *,
    upto: datetime | None,
    now: datetime,
    pseudonyms: Pseudonyms,
    cursors: CursorCache,
    durable: Durable,
    access: Access | None = None,
    heard: Path | None = None,
) -> Iterator[LandingSession]:
    """A session of landing that knows this PBX."""
    with database(pseudonyms) as connection:
        connection.execute(formats.MACROS)
        session = LandingSession(
            root=settings.root,
            landing=landing,
            upto=upto,
            now=now,
            pseudonyms=pseudonyms,
            cursors=cursors,
            durable=durable,
            connection=connection,
            chunk_bytes=settings.chunk_bytes,
            settle_seconds=settings.settle_seconds,
            access=access or Access(),
            heard=heard,
        )
        session.set("time_zone", settings.time_zone)
        session.set("seconds_off", "0")
        session.set("outbound_prefix", settings.dialplan.outbound_prefix)
        yield session


def land(dataset: Dataset, settings: PbxSettings, session: LandingSession) -> LandingReport:
    """Land what is new of one dataset. Rows later than the session's `upto` stay unread, the cursor before
    them.

    Raises:
        LandingUnwritable: the landing folder cannot be written.
    """
    kind = SourceKind(dataset.name)
    report = LandingReport(kind)
    session.prepare(kind)
    match kind:
        case SourceKind.RECORDINGS:
            session.publish_empty(kind, objects.typed_nothing(recordings.COLUMNS))
            recordings.land_recordings(session, report, settings)
        case SourceKind.VOICEMAIL:
            session.publish_empty(kind, objects.typed_nothing(voicemail.COLUMNS))
            voicemail.land_voicemail(session, report, settings)
        case SourceKind.MANAGER_EVENTS:
            logs.publish_empty(session, kind, MANAGER_EVENTS)
            if session.heard is not None and any(session.heard.glob(PATTERN)):
                logs.land_log(replace(session, root=session.heard), report, PATTERN, MANAGER_EVENTS)
        case _:
            for pattern, log_format in formats.log_formats(settings, kind):
                logs.publish_empty(session, kind, log_format)
                logs.land_log(session, report, pattern, log_format)
            tables.land_tables(session, report, settings)
            if kind is SourceKind.CDR:
                report.sources += hopeless_prefixes(settings.dialplan, session.pseudonyms.names)
    return report


def hopeless_prefixes(dialplan: Dialplan, names: Names) -> list[SourceState]:
    """The trunk prefixes that no channel's name can begin with, each by its number, since it may hold somebody's."""
    detail = (
        "can never match: a channel's name begins with its technology and a slash, in Asterisk's own letters (PJSIP/…, "
        "SIP/…, DAHDI/…). Until it is mended, calls from that trunk are not known as such"
    )
    return [
        SourceState(f"[pbx.dialplan] trunk_prefixes no. {number}", State.PARTIAL, detail)
        for number, prefix in enumerate(dialplan.trunk_prefixes, start=1)
        if not names.prefixes(prefix)
    ]
