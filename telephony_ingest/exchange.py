"""The telephone exchange that a site has, as everything above landing works with it.

The one place that names a family of exchanges. Assets, duties, days, quality suites and stores read
`DATASETS`, open a `landing_session` and `land` one dataset after another; none of them knows which family
wrote the files. A second family adds its room beside `asterisk`, is chosen here by the settings, and maps
its rows to the neutral events of dbt's staging models.
"""

from __future__ import annotations

from collections.abc import Mapping

from telephony_ingest.asterisk.datasets import SourceKind
from telephony_ingest.asterisk.recordings import catalogued, spooled_files
from telephony_ingest.asterisk.settings import PbxSettings
from telephony_ingest.asterisk.take_in import land, landing_session
from telephony_ingest.landing.dataset import Dataset

DATASETS: Mapping[str, Dataset] = {kind.value: kind.dataset for kind in SourceKind}
"""What landing holds of the exchange, by name, in the order in which it is taken in."""

RECORDINGS = DATASETS["recordings"]
"""The dataset whose rows are sound files, each of which goes into the catalogue of recordings."""

__all__ = [
    "DATASETS",
    "RECORDINGS",
    "PbxSettings",
    "catalogued",
    "land",
    "landing_session",
    "spooled_files",
]
