"""The telephone exchange that a site has, as everything above landing works with it.

The one place that names a family of exchanges. Assets, duties, days, quality suites and stores read
`DATASETS`, open a `landing_session` and `land` one dataset after another; none of them knows which family
wrote the files. A second family adds its room beside `asterisk`, is chosen here by the settings, and maps
its rows to the neutral events of dbt's staging models.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony_ingest.asterisk import recordings, voicemail
from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.kept import sound_files
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.asterisk.sounds import SeenRecording
from telephony_ingest.asterisk.take_in import land, landing_session
from telephony_ingest.landing.dataset import Dataset
from telephony_ingest.landing.scanners import Access
from telephony_ingest.landing.session import LandingSession

DATASETS: Mapping[str, Dataset] = {kind.value: kind.dataset for kind in SourceKind}
"""What landing holds of the exchange, by name, in the order in which it is taken in."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """A dataset whose rows are sound files: of which kind (`call`, `message`), what the catalogue is told of them,
    and where those that it wants lie."""

    kind: str
    catalogued: Callable[[LandingSession], Sequence[SeenRecording]]
    spooled: Callable[[LandingSession, PbxSettings, Collection[str]], Mapping[str, Path]]


SOUNDS: Mapping[str, Sounds] = {
    "recordings": Sounds("call", recordings.catalogued, recordings.spooled_files),
    "voicemail": Sounds("message", voicemail.catalogued, voicemail.spooled_files),
}
"""The datasets of sound files, by name."""

__all__ = [
    "DATASETS",
    "SOUNDS",
    "Access",
    "PbxSettings",
    "Sounds",
    "land",
    "landing_session",
    "sound_files",
]
