"""Which papers are due, and the writing of them.

A paper is decided from its data alone: the digest of its `WeeklyReport`, without print time. Unchanged
data write nothing; a draft is replaced; data that moved after the paper counts as delivered make a
new edition that says what moved. Files reach the outbox before the register in `operations.db` names
them, so a run that died in between writes the same files again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from compliance.contract.business_calendar import ContractWeek
from compliance.deliverables.register import (
    Change,
    Deliverable,
    DeliverableFile,
    decide_edition,
    delivered_files,
    editions,
    judged_inputs,
    note_judged,
    periods_made,
    record_deliverable,
    registered_files,
)
from compliance.ground import durable
from compliance.ground.japan import TOKYO
from compliance.ground.source_states import read_states
from orchestration.opening.journal import Paper
from orchestration.opening.workplace import Outlook, Workplace
from orchestration.warehouse.days import BuildState, DayRange, identities, wanted_state

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from reporting.paper.packaging import Package
    from reporting.weekly.value import SourceVerdict, WeeklyReport

WEEKLY = "weekly"


def due_weeks(place: Outlook) -> list[ContractWeek]:
    """The weeks whose paper ought to exist by now, the oldest first (6(3)エ)."""
    made_at = place.settings.contract.deliverable(WEEKLY).made_at
    return [week for week in place.calendar.weeks() if _moment(week.due_date, made_at) <= place.now]


def weeks_to_judge(place: Outlook) -> list[ContractWeek]:
    """The due weeks whose paper is missing, or was judged from other rows than there are now."""
    judged = judged_inputs(place.engine, WEEKLY)
    state = wanted_state(place.home, place.now)
    return [
        week
        for week in due_weeks(place)
        if judged.get(week.monday.isoformat()) != inputs_digest(place, week, state)
    ]


def inputs_digest(place: Outlook, week: ContractWeek, state: BuildState) -> str:
    """A digest of all that a week's paper is made of; equal digests, equal papers.

    Later days are left out: what happens next week moves nothing that this paper prints.
    """
    days = {str(d): digest for d, digest in state.days.items() if d <= _day_after(week.last_day)}
    digest = hashlib.sha256(json.dumps([state.reference, state.project]).encode())
    digest.update(json.dumps(days, sort_keys=True).encode())
    digest.update(place.settings.contract.model_dump_json().encode())
    for source in read_states(place.engine):
        digest.update(f"{source.kind}|{source.name}|{source.state}".encode())
    for identity in identities(place.home, DayRange(week.first_day, week.last_day)):
        if identity.rows:
            digest.update(f"{identity.title}|{identity.rows}".encode())
    return digest.hexdigest()


def write_weekly(workplace: Workplace, week: ContractWeek) -> Paper:
    """Make the week's paper, or find that nothing moved since its latest edition.

    Raises:
        WeekNotBuilt: the warehouse holds no figures of that week.
        AlreadyDelivered: a delivered file would change.
    """
    from reporting.weekly.corrections import corrections_between
    from reporting.weekly.serialise import data_digest, from_json, to_json

    inputs = inputs_digest(workplace, week, wanted_state(workplace.home, workplace.now))
    report = read_report(workplace, week)
    digest = data_digest(report)
    period = week.monday.isoformat()
    earlier = editions(workplace.engine, WEEKLY, period)
    latest = earlier[-1] if earlier else None
    decision = decide_edition(latest, digest)
    if decision.edition > 1:
        before = from_json(earlier[decision.edition - 2].data_json)
        report = report.as_edition(decision.edition, corrections_between(before, report))
    if decision.change is Change.UNCHANGED and latest is not None:
        note_judged(workplace.engine, latest, inputs)
        _restore(workplace, latest)
        paper = _paper(report, workplace, registered_files(workplace.engine, latest), False)
    else:
        package = _pack(workplace, week, report, digest)
        record_deliverable(
            workplace.engine,
            Deliverable(
                kind=WEEKLY,
                period=period,
                edition=report.edition,
                due_date=week.due_date,
                data_sha256=digest,
                data_json=to_json(report),
                made_at=workplace.now,
                inputs_sha256=inputs,
            ),
            [DeliverableFile(f.name, f.sha256, f.size_bytes) for f in package.files],
        )
        paper = _paper(report, workplace, {f.name: f.sha256 for f in package.files}, True)
    workplace.journal.paper(paper)
    return paper


def read_report(workplace: Workplace, week: ContractWeek) -> WeeklyReport:
    """The week's report from the warehouse, with what the suites and the ingest say of its sources."""
    import duckdb

    from reporting.weekly.reader import read_weekly
    from reporting.weekly.value import SourceProblem

    problems = [
        SourceProblem(kind=s.kind, name=s.name, state=s.state)
        for s in read_states(workplace.engine)
    ]
    with duckdb.connect(str(workplace.home.warehouse), read_only=True) as connection:
        return read_weekly(
            connection,
            workplace.settings.contract,
            week,
            counted_until=_last_full_day(workplace),
            verdicts=[*_verdicts(workplace, week), _own_sums(workplace, week, connection)],
            problems=problems,
        )


def _verdicts(workplace: Workplace, week: ContractWeek) -> list[SourceVerdict]:
    from reporting.weekly.value import CheckResult, SourceVerdict
    from telephony_ingest.quality.judge import judge

    verdicts = judge(workplace.home.landing, first_day=week.first_day, last_day=week.last_day)
    return [
        SourceVerdict(
            kind=kind.value,
            rows=verdict.rows,
            checks=tuple(
                CheckResult(title=c.title_ja, is_met=c.is_met, rows_failed=c.rows_failed)
                for c in verdict.checks
            ),
        )
        for kind, verdict in verdicts.items()
    ]


def _own_sums(
    workplace: Workplace, week: ContractWeek, connection: DuckDBPyConnection
) -> SourceVerdict:
    """Whether the figures that the paper prints add up: the warehouse's identities over that week."""
    from reporting.weekly.value import CheckResult, SourceVerdict

    counted = connection.execute(
        "select count(*) from marts.fct_calls where call_date between ? and ?",
        [week.first_day, week.last_day],
    ).fetchone()
    asked = identities(workplace.home, DayRange(week.first_day, week.last_day))
    return SourceVerdict(
        kind="calls",
        rows=counted[0] if counted else 0,
        checks=tuple(CheckResult(i.title, is_met=not i.rows, rows_failed=i.rows) for i in asked),
    )


def _pack(workplace: Workplace, week: ContractWeek, report: WeeklyReport, digest: str) -> Package:
    from reporting.paper.packaging import file_stem, pack

    terms = workplace.settings.contract.deliverable(WEEKLY)
    render = _renderers()
    period = week.monday.isoformat()
    return pack(
        workplace.home.outbox / WEEKLY / period,
        file_stem(terms.title, week.number, week.monday, report.edition),
        report.edition,
        {name: render[name](report, workplace.now) for name in terms.formats},
        kind=WEEKLY,
        period=period,
        due_date=week.due_date,
        made_at=workplace.now,
        data_sha256=digest,
        delivered=delivered_files(workplace.engine, WEEKLY, period),
        write=durable.write_durably,
    )


def look_after_papers(workplace: Workplace) -> None:
    """Notice every file of a delivered edition that is gone or was touched, and make it again."""
    for period in periods_made(workplace.engine, WEEKLY):
        for paper in editions(workplace.engine, WEEKLY, period):
            if paper.counts_as_delivered:
                _restore(workplace, paper)


def _restore(workplace: Workplace, paper: Deliverable) -> None:
    """Make files of an edition again that are gone or were touched, from the register's own data.

    Only what comes out byte for byte as registered is put in place; the rest stays as it is found. Each
    file of a delivered edition is named in the journal.
    """
    from reporting.paper.packaging import changed_files
    from reporting.weekly.serialise import from_json

    folder = workplace.home.outbox / WEEKLY / paper.period
    registered = registered_files(workplace.engine, paper)
    changed = changed_files(folder, registered)
    if not changed:
        return
    report = from_json(paper.data_json)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in changed:
        content = _renderers()[name.rsplit(".", 1)[1]](report, paper.made_at)
        if hashlib.sha256(content).hexdigest() == registered[name]:
            durable.write_durably(folder / name, content)
            became = "was gone or altered, and was made again as registered"
        else:
            became = "was gone or altered, and comes out differently now: put back the city's copy"
        if paper.counts_as_delivered:
            workplace.journal.file_touched(f"{WEEKLY}/{paper.period}/{name}", became)


def _renderers() -> dict[str, Callable[[WeeklyReport, datetime], bytes]]:
    from reporting.weekly.pdf import render_pdf
    from reporting.weekly.workbook import render_xlsx

    return {"pdf": render_pdf, "xlsx": render_xlsx}


def _paper(
    report: WeeklyReport, workplace: Workplace, files: Mapping[str, str], is_written: bool
) -> Paper:
    period = report.week.monday.isoformat()
    total = report.total
    return Paper(
        kind=WEEKLY,
        period=period,
        title=f"{report.head.title} 第{report.week.number}週",
        edition=report.edition,
        is_written=is_written,
        folder=workplace.home.outbox / WEEKLY / period,
        files=files,
        headline=(
            ("入電件数（業務時間内）", total.incoming),
            ("応答", total.answered),
            ("あふれ", total.overflow),
            ("放棄", total.abandoned),
            ("預かりメッセージ", total.message),
            ("中断・判定不能", total.interrupted_undetermined),
            ("時間外（参考）", total.after_hours),
        ),
        corrections=len(report.corrections),
    )


def _last_full_day(workplace: Workplace) -> date:
    """The last civil day whose opening hours are over."""
    today = workplace.now.astimezone(TOKYO).date()
    closes_at = workplace.calendar.closes_at(today)
    is_over = closes_at is None or closes_at <= workplace.now
    return today if is_over else today - timedelta(days=1)


def _day_after(day: date) -> date:
    """A call that began on a day may have its last rows on the next."""
    return day + timedelta(days=1)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, TOKYO)
