"""The contract as data: its terms, its calendar, its definitions, and the tables made of them for SQL."""

from __future__ import annotations

from compliance.ground.stores import derived

STORES = (
    derived(
        "reference/*.parquet", "契約の条件・暦・定義・職員番号", "compliance.contract.reference"
    ),
)
