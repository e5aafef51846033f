"""Which definition said what, since when: an edit in place is found and refused.

A definition's digest is registered the first time it is seen. Afterwards the same name and version must
say the same; a change is a new version with its own `valid_from`, so that the figures of a past month
stay what they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Date, Engine, String, insert, select

from compliance.contract.terms import Definition
from compliance.errors import DefinitionRewritten
from compliance.ground.acts import SYSTEM, Action, Entry, ObjectKind, note
from compliance.ground.operations import Instant, table
from compliance.ground.stores import Kept

definition_versions = table(
    "definition_versions",
    Kept("用語の定義の版"),
    Column("name", String(64), primary_key=True),
    Column("version", String(32), primary_key=True),
    Column("valid_from", Date, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("registered_at", Instant, nullable=False),
)


def digest_of(definition: Definition) -> str:
    """SHA-256 over everything that the definition says."""
    return hashlib.sha256(definition.model_dump_json().encode()).hexdigest()


def register_definitions(
    engine: Engine, definitions: Sequence[Definition], now: datetime
) -> tuple[str, ...]:
    """Register what is new; returns `name@version` of each.

    Raises:
        DefinitionRewritten: a registered one says something else now, or is gone.
    """
    with engine.begin() as connection:
        known = {
            (r.name, r.version): r.digest for r in connection.execute(select(definition_versions))
        }
        present = {(d.name, d.version): digest_of(d) for d in definitions}
        changed = sorted(key for key, digest in known.items() if present.get(key) != digest)
        if changed:
            names = ", ".join(f"{name} version {version}" for name, version in changed)
            raise DefinitionRewritten(
                f"contract.toml no longer says what it said of: {names}. Put back the earlier text and add "
                "the change as a new version with its own valid_from, so that past figures stay."
            )
        new = [d for d in definitions if (d.name, d.version) not in known]
        for definition in new:
            connection.execute(
                insert(definition_versions).values(
                    name=definition.name,
                    version=definition.version,
                    valid_from=definition.valid_from,
                    digest=digest_of(definition),
                    registered_at=now,
                )
            )
            named = f"{definition.name}@{definition.version}"
            note(
                connection,
                Entry(now, SYSTEM, Action.DEFINITION_REGISTERED, ObjectKind.DEFINITION, named),
            )
    return tuple(f"{d.name}@{d.version}" for d in new)
