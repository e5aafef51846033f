"""An ingest from a database of the exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from telephony_ingest.landing.scanners import Access
from tests.telephony_ingest.desks import Ingest
from tests.telephony_ingest.exchange_databases import ExchangeDatabase


def ingest_of(database: ExchangeDatabase, folder: Path, **more: Any) -> Ingest:
    nothing = dict.fromkeys(("cdr_custom", "cdr_classic", "cel", "queue_log"), "")
    (folder / "pbx").mkdir(exist_ok=True)
    access = more.pop("access", Access())
    settings = {"sources": nothing, "database": database.settings, **more}
    return Ingest(folder / "pbx", folder / "landing", settings, access=access)
