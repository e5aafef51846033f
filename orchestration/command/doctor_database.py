"""`madoguchi doctor --database URL`: what an exchange's database holds, and the block to write into `contract.toml`.

The account only reads, in the product's own way and under its own rules: the password comes from `<home>-keys/pbx-database`, and
another machine is asked only under its permit (許可). Rows are shown by what they are made of. Where the logs are there too,
both are taken in in a home that is thrown away, and held against each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import typer
from pydantic import ValidationError

from application.home.session import Workplace
from application.home.settings import Settings
from application.ingest import ingest
from application.pbx_access import access_before_going_live
from compliance.ground import durable
from compliance.ground.clock import ClockKind
from orchestration.command.doctor import Advice, throwaway
from telephony_ingest.asterisk.settings import PbxDatabase, Sources
from telephony_ingest.errors import TableUnreadable
from telephony_ingest.exchange import DATASETS, Access, land, landing_session
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.scanners import Engine, attached
from telephony_ingest.landing.sources import State
from telephony_ingest.preflight.account_rights import could_write
from telephony_ingest.preflight.both_ways import BothWays, both_ways
from telephony_ingest.preflight.tables_seen import KINDS, TableSeen, tables_seen

_ENGINES = {
    "mariadb": Engine.MARIADB,
    "mysql": Engine.MARIADB,
    "postgresql": Engine.POSTGRESQL,
    "postgres": Engine.POSTGRESQL,
    "sqlite": Engine.SQLITE,
}
_LOGS = ("cdr_custom", "cdr_classic", "cel", "queue_log")
_NO_LOGS = Sources.model_validate(dict.fromkeys(_LOGS, ""))


class AddressRefused(ValueError):
    """What was typed names no database that may be asked; the message holds nothing of it."""


@dataclass(frozen=True, slots=True)
class DatabaseDiagnosis:
    """What was seen, and what follows from it; `block` is the section of `contract.toml`, blank without a table."""

    tables: Sequence[TableSeen]
    could_write: Sequence[str]
    landings: Sequence[LandingReport]
    agreement: Sequence[BothWays]
    advice: Sequence[Advice]
    block: str

    @property
    def needs_a_hand(self) -> bool:
        """Whether something has to be set or mended first."""
        return any(advice.is_needed for advice in self.advice)


def address_of(url: str) -> PbxDatabase:
    """The database that a URL names: `mariadb://user@host:port/database?permit=…&ca_file=…`, `postgresql://…`, `sqlite:/file`.

    Raises:
        AddressRefused: it names none, or holds a password, which every user of the machine could read there.
    """
    try:
        parts = urlsplit(url)
        port, password = parts.port or 0, parts.password
    except ValueError:
        raise AddressRefused("is no address of a database") from None
    if password is not None:
        raise AddressRefused(
            "holds a password: leave it out, change it, and write the new one as one line into <home>-keys/pbx-database (mode 600)"
        )
    engine, more = _ENGINES.get(parts.scheme), dict(parse_qsl(parts.query))
    if engine is None or more.keys() - {"permit", "ca_file", "time_zone"}:
        raise AddressRefused(
            "is none that is known: write mariadb://user@host/database, postgresql://user@host/database or sqlite:/file, "
            "and behind ? permit, ca_file and time_zone alone"
        )
    path = unquote(parts.path)
    if engine is Engine.SQLITE:
        path = path.removeprefix("//") if not parts.netloc else ""
    host = {"host": parts.hostname} if parts.hostname else {}
    try:
        return PbxDatabase.model_validate(
            {
                "engine": engine,
                "database": path if engine is Engine.SQLITE else path.removeprefix("/"),
                "user": unquote(parts.username or ""),
                "port": port,
                **host,
                **more,
            }
        )
    except ValidationError as error:
        told = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise AddressRefused(told) from None


def told(settings: Settings, url: str, as_of: datetime | None, *, is_json: bool) -> bool:
    """Print what was found; whether something needs a hand.

    Raises:
        typer.BadParameter: the URL names no database that may be asked.
    """
    try:
        database = address_of(url)
    except AddressRefused as error:
        raise typer.BadParameter(f"--database {error}") from None
    seen = examine_database(settings, database, as_of)
    typer.echo(json.dumps(facts(seen), ensure_ascii=False) if is_json else as_text(seen))
    return seen.needs_a_hand


def examine_database(
    settings: Settings, database: PbxDatabase, as_of: datetime | None
) -> DatabaseDiagnosis:
    """Look at a database that may not be set yet. `as_of` takes the place of the present time."""
    address = database.address(settings.pbx.root)
    access = access_before_going_live(settings, database, datetime.now(UTC))
    if access.refusal:
        return _unseen(database, access.refusal)
    try:
        with attached(address, access) as opened:
            tables, rights = tables_seen(opened), could_write(opened, address)
    except TableUnreadable as error:
        return _unseen(database, str(error))
    named = {table.kind: table.name for table in tables if table.can_be_set}
    block = database.model_copy(update=named)
    landings, agreement = _taken_in(settings, block, access, as_of) if named else ((), ())
    advice = [
        *_about_tables(tables),
        *_about_rights(database.engine, rights),
        *_about_landings(landings),
        *_about_agreement(agreement),
    ]
    unshown = {table.kind: "" for table in tables if not table.is_shown}
    printed = block_of(block.model_copy(update=unshown)) if named else ""
    return DatabaseDiagnosis(tables, rights, landings, agreement, advice, printed)


def _unseen(database: PbxDatabase, why: str) -> DatabaseDiagnosis:
    return DatabaseDiagnosis((), (), (), (), (Advice("database", str(database.engine), why),), "")


def block_of(database: PbxDatabase) -> str:
    """`[pbx.database]` in TOML, without what is as it is anyway."""
    defaults = {name: field.default for name, field in PbxDatabase.model_fields.items()}
    lines = [
        f"{name} = {json.dumps(value if isinstance(value, int | float) else str(value), ensure_ascii=False)}"
        for name, value in database
        if value != defaults[name]
    ]
    return "\n".join(["[pbx.database]", *lines])


def _taken_in(
    settings: Settings, database: PbxDatabase, access: Access, as_of: datetime | None
) -> tuple[list[LandingReport], list[BothWays]]:
    """What the product takes in from the tables, and how the logs that are there agree with it."""
    files = settings.pbx.model_copy(update={"database": None})
    with throwaway(replace(settings, pbx=files), as_of) as place:
        for kind in KINDS:
            ingest(place, DATASETS[kind])
        folder = place.home.root / "tables"
        landings = list(_from_tables(place, folder, database, access))
        found = [both_ways(kind, place.home.landing, folder) for kind in KINDS]
    return landings, [one for one in found if one]


def _from_tables(
    place: Workplace, folder: Path, database: PbxDatabase, access: Access
) -> Iterator[LandingReport]:
    alone = place.pbx.model_copy(update={"database": database, "sources": _NO_LOGS})
    with landing_session(
        alone,
        folder,
        upto=place.now if place.clock is ClockKind.SIMULATED else None,
        now=place.now,
        pseudonyms=place.pseudonyms,
        cursors=_NoCursors(),
        durable=durable,
        access=access,
    ) as session:
        for kind in KINDS:
            if database.table_of(kind):
                yield land(DATASETS[kind], alone, session)


class _NoCursors:
    """Nothing is kept of what is thrown away."""

    def end_of(self, source_id: str) -> int | None:
        return None

    def move(self, source_id: str, kind: str, source_name: str, end_offset: int) -> None:
        return None


def _about_tables(tables: Sequence[TableSeen]) -> Iterator[Advice]:
    if not tables:
        yield Advice(
            "table", "none", "no table with the columns of cdr, cel or queue_log is seen: look at the account's grants and "
            "the database's name (FreePBX, Issabel: asteriskcdrdb)",
        )  # fmt: skip
    lacking = [kind for kind in KINDS if kind not in {table.kind for table in tables}]
    for kind in lacking if tables else ():
        yield Advice("table", kind, "is not seen: it is read from its log, or not at all", is_needed=False)  # fmt: skip
    for table in tables:
        if not table.can_be_set:
            yield Advice(
                "table", table.kind, "its name cannot be set: make a view of it, whose name has letters, digits and _ only"
            )  # fmt: skip
        elif not table.is_shown:
            yield Advice("table", table.kind, "its name could be somebody's and is not shown: write it yourself, as "
                         f"[pbx.database] {table.kind}")  # fmt: skip
        if table.others:
            yield Advice("table", table.kind, f"{table.others} more tables have such columns: look whether this is the right one", is_needed=False)  # fmt: skip
        if not table.number:
            yield Advice("table", table.kind, "has no column that numbers its rows, so it is followed by time: leave overlap_hours above the longest call", is_needed=False)  # fmt: skip


def _about_rights(engine: Engine, rights: Sequence[str]) -> Iterator[Advice]:
    if rights:
        yield Advice(
            "account", ", ".join(rights), "it could change what the exchange wrote: give one that can read only (docs/pbx.md)",
            is_needed=engine is not Engine.SQLITE,
        )  # fmt: skip


def _about_landings(landings: Sequence[LandingReport]) -> Iterator[Advice]:
    for report in landings:
        for source in report.sources:
            if source.is_trouble and source.name.startswith("table "):
                yield Advice("table", str(report.kind), f"{source.state}: {source.detail}")
            elif source.state is State.NO_LINES:
                yield Advice("table", str(report.kind), "has no row yet", is_needed=False)
        for reason, count in sorted(report.rejected_by_reason.items()):
            yield Advice("table", str(report.kind), f"{count} rows cannot be read: {reason}")


def _about_agreement(agreement: Sequence[BothWays]) -> Iterator[Advice]:
    for one in agreement:
        differs = bool(one.only_logs or one.only_table)
        yield Advice(
            "logs", one.kind, f"{one.both} records are in both, {one.only_logs} in the log only, {one.only_table} in the table only"
            + (": look whether both were written all the time before one of them is left out" if differs
               else ": the log's pattern in [pbx.sources] can be left blank"),
            is_needed=differs,
        )  # fmt: skip


def facts(seen: DatabaseDiagnosis) -> dict[str, Any]:
    """What was found, as plain values: `needs_a_hand`, `tables`, `could_write`, `rows`, `agreement`, `advice`, `block`."""
    return {
        "needs_a_hand": seen.needs_a_hand,
        "tables": [_table(table) for table in seen.tables],
        "could_write": list(seen.could_write),
        "rows": {str(report.kind): report.rows_landed for report in seen.landings},
        "agreement": [asdict(one) for one in seen.agreement],
        "advice": [asdict(one) for one in seen.advice],
        "block": seen.block,
    }


def _table(table: TableSeen) -> Mapping[str, Any]:
    return {
        "kind": table.kind,
        "name": table.shown,
        "columns": dict(table.columns),
        "data": list(table.data),
        "number": table.number,
        "others": table.others,
        "rows": [dict(row) for row in table.rows],
    }


def as_text(seen: DatabaseDiagnosis) -> str:
    """What was found, what to do, and the block."""
    lines = []
    taken = {str(report.kind): report.rows_landed for report in seen.landings}
    for table in seen.tables:
        lines += ["", f"{table.kind}: {table.shown}, {taken.get(table.kind, 0)} rows taken in"]
        lines.append("  columns: " + ", ".join(f"{k} = {v}" for k, v in table.columns.items()))
        lines.append(f"  numbered by: {table.number or 'nothing'}")
        for number, row in enumerate(table.rows, start=1):
            told = "; ".join(f"{k}: {v}" for k, v in row.items() if v != "blank")
            lines.append(f"  row {number}: {told}")
    for is_needed, heading in ((True, "Needs a hand:"), (False, "To know:")):
        told_ones = [one for one in seen.advice if one.is_needed is is_needed]
        lines += ["", heading] if told_ones else []
        lines += [f"  {one.topic} {one.subject}: {one.what}" for one in told_ones]
    if seen.block:
        lines += ["", "For contract.toml:", "", seen.block]
    return "\n".join(lines)
