"""The inventory of personal data: what is kept where, under which key, how long, erased by whom (別紙2-10).

One `Store` per kind of thing on disk, described by whoever writes it; tables of the operations database carry
their own description. `unlisted` compares all of them with a real home: a file that no store covers, a column
of landing or a table or column of the operations database that nobody described, is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from sqlalchemy import Engine, inspect

from compliance import audit, contract, erasure, ground, vault
from compliance import inquiries as inquiries_room
from compliance.backup import register as backup_register
from compliance.contract import definitions
from compliance.deliverables import edition, handed_over, under_way
from compliance.erasure import (
    case_file,
    certificate_register,
    exchange,
    external,
    returning,
    standing_consent,
)
from compliance.ground import acts, clock, cursors, source_states
from compliance.ground.home import Home
from compliance.ground.operations import KEPT, metadata
from compliance.ground.stores import Kept, Store
from compliance.inquiries import kept as kept_inquiries
from compliance.inquiries import submissions
from compliance.keys import backups, keyring
from compliance.people import claims, fingerprint_pages, orders, person, person_keys, proposals
from compliance.registers import entries as register_entries
from compliance.sign_in import attempts, sessions
from compliance.sign_in import store as account_store
from compliance.vault import catalogue, listening, media, preservation

STORES: tuple[Store, ...] = (
    *ground.STORES,
    *contract.STORES,
    *audit.STORES,
    *keyring.STORES,
    *vault.STORES,
    *erasure.STORES,
    *inquiries_room.STORES,
)
"""What this package writes below a home."""

WRITERS = (
    acts,
    clock,
    cursors,
    source_states,
    definitions,
    backups,
    person,
    person_keys,
    proposals,
    claims,
    orders,
    fingerprint_pages,
    account_store,
    attempts,
    sessions,
    edition,
    handed_over,
    under_way,
    catalogue,
    media,
    listening,
    preservation,
    case_file,
    certificate_register,
    exchange,
    external,
    standing_consent,
    returning,
    kept_inquiries,
    submissions,
    register_entries,
    backup_register,
)
"""The modules that declare tables; importing them is what makes the declarations known."""

_MIGRATIONS = {"alembic_version": frozenset({"version_num"})}


@dataclass(frozen=True, slots=True)
class InventoryFinding:
    """Something that lies in a home and stands in no row of the inventory."""

    place: str
    columns: tuple[str, ...] = field(default=())


def tables() -> Mapping[str, Kept]:
    """What every table of the operations database holds, as its writer declared it."""
    return {name: KEPT[name] for name in metadata.tables}


def unlisted(home: Home, engine: Engine, stores: Sequence[Store]) -> list[InventoryFinding]:
    """Files, landing columns, tables and columns that nobody described, in order."""
    return [*_unlisted_files(home, stores), *_unlisted_tables(engine)]


def _unlisted_files(home: Home, stores: Sequence[Store]) -> Iterator[InventoryFinding]:
    for path in sorted(home.root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        place = path.relative_to(home.root).as_posix()
        store = next((s for s in stores if fnmatch(place, s.pattern)), None)
        if store is None:
            yield InventoryFinding(place)
        elif store.columns is not None:
            import pyarrow.parquet as pq

            extra = sorted(set(pq.read_schema(path).names) - store.columns)
            if extra:
                yield InventoryFinding(place, tuple(extra))


def _unlisted_tables(engine: Engine) -> Iterator[InventoryFinding]:
    declared = {
        name: frozenset(table.columns.keys()) for name, table in metadata.tables.items()
    } | _MIGRATIONS
    inspector = inspect(engine)
    for table in sorted(inspector.get_table_names()):
        if table not in declared:
            yield InventoryFinding(f"operations: {table}")
            continue
        present = {column["name"] for column in inspector.get_columns(table)}
        extra = sorted(present - declared[table])
        if extra:
            yield InventoryFinding(f"operations: {table}", tuple(extra))
