"""The recorded stream of the manager interface as a collector wrote it down, and a home in which it has landed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from application.home.session import read_settings
from compliance.ground import durable
from compliance.ground.home import Home
from telephony_ingest.ami.blocks import ManagerBlock, ManagerStream
from telephony_ingest.ami.journal import WRITTEN, ManagerJournal
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.take_in import land, landing_session
from telephony_ingest.landing.pseudonyms import Pseudonyms
from tests.homes import HomeOnTrial
from tests.telephony_ingest.desks import KEY, NoCursors
from tests.telephony_ingest.manager_stream import recorded

AT = datetime(2023, 11, 1, tzinfo=UTC)
PSEUDONYMS = Pseudonyms.from_key(KEY)


@cache
def stream() -> tuple[ManagerBlock, ...]:
    return tuple(ManagerStream({*WRITTEN, "Shutdown"}).feed(recorded()))


def write_down(folder: Path, cuts: set[int], system: str = "", places: range | None = None) -> None:
    """The stream as a collector wrote it that lost its connection before these events; ids of an exchange of that name."""
    journal = ManagerJournal(folder, lambda: PSEUDONYMS.names)
    journal.begin()
    for place in places or range(len(stream())):
        block = stream()[place]
        if block.event == "Shutdown" or place in cuts:
            journal.end()
            journal.begin()
        journal.take(named(block, system), AT)
    journal.end()


def named(block: ManagerBlock, system: str) -> ManagerBlock:
    if not system:
        return block
    text = block._text
    for key in ("Uniqueid", "Linkedid"):
        for prefix in ("", "Dest"):
            text = text.replace(f"\r\n{prefix}{key}: ", f"\r\n{prefix}{key}: {system}-")
    return ManagerBlock(text)


def landed(tmp_path: Path, finished_home: HomeOnTrial) -> Home:
    """The home of the recorded weeks with what was heard landed beside, from which nothing is built yet."""
    for name in ("home", "home-keys"):
        shutil.copytree(finished_home.root / name, tmp_path / name)
    home = Home.at(tmp_path / "home")
    settings = read_settings(None, home.root, finished_home.pbx, environment={}).pbx
    with landing_session(
        settings, home.landing, upto=None, now=AT, pseudonyms=PSEUDONYMS, cursors=NoCursors(),
        durable=durable, heard=tmp_path / "heard",
    ) as session:  # fmt: skip
        report = land(SourceKind.MANAGER_EVENTS.dataset, settings, session)
    assert report.rows_landed and not report.rows_rejected
    return home
