"""Which term that figures hang on said what, since when: an edit in place is found and refused.

The digest of a definition, a target and a campaign's result is registered the first time it is seen. Afterwards the same name and
version must say the same; a change is a new version with its own `valid_from` (of a result: another code), so that the figures of a
past month stay what they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Column, Date, Engine, String, insert, select

from compliance.contract.terms import Contract, Definition
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


@dataclass(frozen=True, slots=True)
class FixedTerm:
    """A term that figures are counted or judged by: what it is called, which version it is, from when, and SHA-256 of what it says."""

    name: str
    version: str
    valid_from: date
    digest: str


def digest_of(definition: Definition) -> str:
    """SHA-256 over everything that the definition says."""
    return _sha256(definition.model_dump_json())


def fixed_definition(one: Definition) -> FixedTerm:
    """A definition as it is registered. Pure."""
    return FixedTerm(one.name, one.version, one.valid_from, digest_of(one))


def fixed_terms(contract: Contract) -> tuple[FixedTerm, ...]:
    """Everything of a contract that a past figure hangs on: definitions, targets, and what a campaign's result counts as. Labels may be
    mended. Pure."""
    first_day = contract.period.start_date
    found = [fixed_definition(one) for one in contract.definitions]
    for target in contract.targets:
        since = target.valid_from or first_day
        name = ".".join(filter(None, ("target", target.definition, target.service)))
        said = f"{target.at_least}|{target.at_most}"
        found.append(FixedTerm(name, since.isoformat(), since, _sha256(said)))
    for campaign in contract.campaigns:
        for result in campaign.results:
            name = f"result.{campaign.code}.{result.code}"
            said = f"{result.reached}|{result.promised}"
            found.append(FixedTerm(name, "1", first_day, _sha256(said)))
    return tuple(found)


def register_definitions(
    engine: Engine, terms: Sequence[FixedTerm], now: datetime
) -> tuple[str, ...]:
    """Register what is new; returns `name@version` of each.

    Raises:
        DefinitionRewritten: a registered one says something else now, or is gone.
    """
    with engine.begin() as connection:
        known = {
            (r.name, r.version): r.digest for r in connection.execute(select(definition_versions))
        }
        present = {(one.name, one.version): one.digest for one in terms}
        changed = sorted(key for key, digest in known.items() if present.get(key) != digest)
        if changed:
            names = ", ".join(f"{name} version {version}" for name, version in changed)
            raise DefinitionRewritten(
                f"contract.toml no longer says what it said of: {names}. Put back the earlier text and add "
                "the change as a new version with its own valid_from, so that past figures stay."
            )
        new = [one for one in terms if (one.name, one.version) not in known]
        for one in new:
            connection.execute(
                insert(definition_versions).values(
                    name=one.name,
                    version=one.version,
                    valid_from=one.valid_from,
                    digest=one.digest,
                    registered_at=now,
                )
            )
            named = f"{one.name}@{one.version}"
            note(
                connection,
                Entry(now, SYSTEM, Action.DEFINITION_REGISTERED, ObjectKind.DEFINITION, named),
            )
    return tuple(f"{one.name}@{one.version}" for one in new)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
