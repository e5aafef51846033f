"""`madoguchi doctor`: what an admin should know of a site's exchange before the centre goes live.

Everything is taken in and built in a home that is thrown away again, by the very code that a real run
uses (with DuckDB, whatever engine the place builds with; of that, and of the database for Dagster's runs, it says what is not here); the site's own home is neither read nor written. What comes out names files, names and counts, never a
number: a name whose spelling could be somebody's is shown as its code, with the place where it stands.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from application.home.run_store import machine_of, missing_of_run_store
from application.home.session import Workplace, open_workplace
from application.home.settings import Settings, WarehouseEngine
from application.ingest import ingest
from application.warehouse.days import build_days
from application.warehouse.spark_missing import missing_for_spark
from application.warehouse.verdicts import findings
from telephony_ingest.exchange import DATASETS
from telephony_ingest.landing.report import LandingReport
from telephony_ingest.landing.sources import State
from telephony_ingest.preflight.names_seen import Evidence, Known, NameRole, SeenName, unknown_names
from telephony_ingest.preflight.rows_seen import ClockSeen, RowsSeen, clocks_seen, rows_seen

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from application.home.run_report import Finding

_PREFIX = "madoguchi-doctor-"
CLOCK_TOLERANCE_SECONDS = 2.0
"""queue_log has whole seconds, and a unique id is taken a moment before the channel begins."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at or to set. `line` is what to write into `contract.toml`, blank where only a
    person can tell; what `is_needed` keeps the figures from being right."""

    topic: str
    subject: str
    what: str
    line: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was seen, and what follows from it."""

    landings: Sequence[LandingReport]
    rows: Sequence[RowsSeen]
    clocks: Sequence[ClockSeen]
    calls: int
    findings: Sequence[Finding]
    advice: Sequence[Advice]

    @property
    def needs_a_hand(self) -> bool:
        """Whether something has to be set or mended before the figures can be right."""
        return any(advice.is_needed for advice in self.advice)


def examine(
    settings: Settings, as_of: datetime | None, on_step: Callable[[str], None]
) -> Diagnosis:
    """Look at everything that the configured PBX has written.

    `as_of` takes the place of the present time.

    Raises:
        ModelFailed: the days could not be built from what landed.
    """
    with throwaway(settings, as_of) as place:
        landings = []
        for dataset in DATASETS.values():
            landings.append(ingest(place, dataset))
            on_step(f"{dataset.name}: {landings[-1].rows_landed} rows")
        rows = rows_seen(place.home.landing, DATASETS.values(), place.now)
        clocks = clocks_seen(place.home.landing)
        on_step("building the days")
        build_days(place, None, None, lambda _: None)
        with _warehouse(place) as connection:
            names = unknown_names(place.home.landing, _known(place))
            calls = _count(connection, "marts.fct_calls")
            undecided = _count(
                connection, "marts.fct_calls", "outcome = 'undetermined' and direction = 'inbound'"
            )
            outside = _count(connection, "reports.rpt_daily_kpi", "not is_in_period")
        found = findings(place.home)
    return Diagnosis(
        landings=landings,
        rows=rows,
        clocks=clocks,
        calls=calls,
        findings=found,
        advice=(
            *_about_engine(settings, os.environ),
            *_about_sources(landings, settings),
            *_about_rows(rows),
            *_about_clocks(clocks),
            *_about_names(names, landings),
            *_about_calls(calls, undecided, outside, settings),
            *_about_findings(found),
        ),
    )


@contextmanager
def throwaway(settings: Settings, as_of: datetime | None) -> Iterator[Workplace]:
    """A home of its own for the same contract and PBX, gone at the end; one that a killed doctor left behind
    is removed first, since its rows lie beside their key."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
        root = Path(folder) / "home"
        own = replace(
            settings,
            home_root=root,
            keys_root=Path(folder) / "keys",
            operations_url=f"sqlite:///{root / 'operations.db'}",
            built_by=WarehouseEngine.HOME,
            run_store=None,
        )
        with open_workplace(own, as_of=as_of) as place:
            yield place


def _sweep(folder: Path) -> None:
    """Remove what doctors of ours left that are no longer alive."""
    for left in folder.glob(f"{_PREFIX}*-*"):
        pid = left.name.removeprefix(_PREFIX).split("-")[0]
        is_ours = left.is_dir() and not left.is_symlink() and left.stat().st_uid == os.getuid()
        if is_ours and pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _warehouse(place: Workplace) -> Iterator[DuckDBPyConnection]:
    import duckdb

    with duckdb.connect(str(place.home.warehouse), read_only=True) as connection:
        yield connection


def _count(connection: DuckDBPyConnection, table: str, where: str = "true") -> int:
    found = connection.execute(f"select count(*) from {table} where {where}").fetchone()
    return int(found[0]) if found else 0


def _known(place: Workplace) -> Known:
    """What `contract.toml` names, as it lands: the reference tables of the home hold it in that form."""
    import duckdb

    def column(query: str, table: str) -> list[str]:
        path = place.home.reference / f"{table}.parquet"
        rows = connection.execute(f"select distinct {query} from read_parquet('{path}')").fetchall()
        return [row[0] for row in rows if row[0] is not None]

    with duckdb.connect() as connection:
        return Known(
            contexts=column("context", "dialplan"),
            queues=column("queue", "queues"),
            endpoints=[
                *column("regexp_replace(spelling, '^[A-Za-z0-9]+/', '')", "staff"),
                *column("operator", "staff"),
            ],
            trunks=column("prefix", "dialplan_channels"),
        )


def _about_engine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Advice]:
    if settings.built_by is WarehouseEngine.SPARK:
        for name, what in missing_for_spark(environment).items():
            yield Advice("engine", name, what)
    if (store := settings.run_store) is not None and (machine := machine_of(store)):
        what = "is another machine, which was not asked: it takes the city's permit (registers add permits)"
        yield Advice("runs", machine, what, is_needed=False)
    else:
        for name, what in missing_of_run_store(store).items():
            yield Advice("runs", name, what)


def _about_sources(landings: Sequence[LandingReport], settings: Settings) -> Iterator[Advice]:
    keys = {pattern: key for key, pattern in settings.pbx.sources.model_dump().items()}
    for report in landings:
        is_there = any(source.state is not State.MISSING for source in report.sources)
        for source in report.sources:
            if not source.is_trouble:
                continue
            is_missing = source.state is State.MISSING
            yield Advice(
                "source",
                f"{report.kind} {source.name}",
                f"{source.state}: {source.detail}",
                f'[pbx.sources] {keys.get(source.name, report.kind)} = "" where the exchange has none'
                if is_missing
                else "",
                is_needed=not (is_missing and is_there),
            )
        for reason, count in sorted(report.rejected_by_reason.items()):
            yield Advice("source", report.kind, f"{count} lines cannot be read: {reason}")


def _about_rows(rows: Sequence[RowsSeen]) -> Iterator[Advice]:
    for seen in rows:
        if seen.rows_ahead:
            yield Advice(
                "clock",
                seen.kind,
                f"{seen.rows_ahead} rows are dated later than this machine's present time: set both clocks "
                "by the same time server",
            )
    by_kind = {seen.kind: seen for seen in rows}
    cdr = by_kind["cdr"]
    if cdr.rows and cdr.null_rates.get("sequence") == 1:
        yield Advice(
            "format",
            "cdr",
            "the records have no linked id and no sequence, so the legs of a transferred call stand apart: "
            "cdr.conf [csv] newcdrcolumns = yes",
            is_needed=by_kind["cel"].rows == 0,
        )


def _about_clocks(clocks: Sequence[ClockSeen]) -> Iterator[Advice]:
    for clock in clocks:
        if abs(clock.seconds) > CLOCK_TOLERANCE_SECONDS:
            side = "after" if clock.seconds > 0 else "before"
            yield Advice(
                "clock",
                clock.log,
                f"its times lie {abs(clock.seconds):g} s {side} those of {clock.against} (median of "
                f"{clock.rows} rows): waits cannot be right until the clocks agree",
            )


def _about_names(names: Sequence[SeenName], landings: Sequence[LandingReport]) -> Iterator[Advice]:
    files = {s.landed_as: s.name for report in landings for s in report.sources if s.landed_as}
    for seen in names:
        shown = f'"{seen.name}"'
        file, _, line = seen.place.rpartition(":")
        place = f"{files.get(file, file)}:{line}"
        if seen.is_code:
            shown = f"what stands at {place}"
        what = f"seen in {seen.count} calls, first at {place}; contract.toml does not name it"
        match seen.role, seen.evidence:
            case NameRole.QUEUE, _:
                what += ": its calls belong to no choice of the menu"
                line = f'[[queues]] name = {shown}, menu_choice = "…" (a service), label = "…"'
            case NameRole.AGENT, _:
                what = what.replace("calls", "lines", 1) + ": who answered stays unknown"
                line = f"[[staff]] spellings = [{shown}] of the person it is"
            case NameRole.LINE, Evidence.CALLS_BEGIN:
                what += ": calls began on it"
                line = (
                    f"[pbx.dialplan] trunk_prefixes = [{shown}] where it is a trunk, "
                    f"[[staff]] spellings = [{shown}] where it is a colleague's phone"
                )
            case NameRole.LINE, _:
                what += ": it was rung"
                line = (
                    f"[[staff]] spellings = [{shown}] where it is a colleague's phone, "
                    f"[pbx.dialplan] trunk_prefixes = [{shown}] where it is a trunk"
                )
            case NameRole.CONTEXT, Evidence.LEADS_TO_QUEUE:
                what += f": it leads to the queue {seen.target}"
                line = f'[pbx.dialplan.queues] {shown} = "{seen.target}"'
            case NameRole.CONTEXT, Evidence.RINGS_PHONES:
                what += ": it rings phones without a queue"
                line = f"[pbx.dialplan] ring_groups = [{shown}]"
            case NameRole.CONTEXT, Evidence.CALLS_BEGIN:
                what += ": calls come in there"
                line = f"[pbx.dialplan] inbound_entry = [{shown}]"
            case NameRole.CONTEXT, Evidence.COLLEAGUES_CALL:
                what += ": colleagues dial there"
                line = f"[pbx.dialplan] internal = [{shown}]"
            case _:
                what += ": calls pass it"
                line = (
                    f"[pbx.dialplan] menu, after_hours, lines_busy or queue_exit = [{shown}], by what "
                    "the caller hears there"
                )
        is_needed = seen.role is not NameRole.CONTEXT or seen.evidence in {
            Evidence.LEADS_TO_QUEUE,
            Evidence.RINGS_PHONES,
            Evidence.CALLS_END,
        }
        yield Advice(seen.role.value, seen.name, what, line, is_needed)


def _about_calls(calls: int, undecided: int, outside: int, settings: Settings) -> Iterator[Advice]:
    if not calls:
        yield Advice("calls", "none", "no call was found in what the exchange wrote")
    if undecided:
        yield Advice(
            "calls",
            f"{undecided} of {calls}",
            "could be put into no class: set the contexts above first, then look at docs/call-outcomes.md",
        )
    if outside:
        period = settings.contract.period
        yield Advice(
            "calls",
            f"{outside} days",
            f"have calls outside the period {period.start_date} – {period.end_date}: no paper counts them",
            "[period] start_date, end_date",
            is_needed=False,
        )


_WHAT_TO_DO = {
    "answered_calls_are_recorded": "look whether MixMonitor runs in every queue, and whether [pbx.sources] "
    "recordings names all folders",
    "recordings_belong_to_a_call": "put ${UNIQUEID} or ${LINKEDID} into the file's name (docs/pbx.md)",
    "calls_have_records": "look whether the CDR of those days is among the files",
    "calls_have_channel_events": "cel.conf: enable = yes, events = ALL; [pbx.sources] cel",
    "calls_have_an_end": "look whether the exchange was stopped, or a log breaks off",
    "business_days_have_records": "look whether the files of those days were copied",
}


_OF_A_WHOLE_SITE = "business_days_have_records"
"""A site on trial has given the files of some days; that others lack is nothing to mend."""


def _about_findings(findings: Sequence[Finding]) -> Iterator[Advice]:
    for finding in findings:
        todo = _WHAT_TO_DO.get(finding.test, "set what is named above, then look again")
        yield Advice(
            "records",
            f"{finding.test}: {finding.rows}",
            f"{finding.title}: {todo}",
            is_needed=finding.test != _OF_A_WHOLE_SITE,
        )
