"""Jobs and schedules: what runs when, on the contract's business calendar, in Asia/Tokyo.

A schedule decides only whether its moment is one of work; the work itself is in the assets. A home
that lives by a simulated clock is driven by the command line: there every schedule skips and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

import dagster as dg

from application.home.session import outlook
from application.home.settings import Settings
from application.papers import DuePaper, OwedPaper, owed_papers, papers_to_judge
from application.warehouse.days import pending_days, wanted_state
from application.warehouse.state import DayRange
from compliance.backup.register import BackupDeed, last_event
from compliance.contract.business_calendar import BusinessCalendar
from compliance.contract.due_terms import Unit
from compliance.contract.words import ContractWords
from compliance.ground.home import Home
from compliance.ground.japan import TIME_ZONE, TOKYO, civil_date
from orchestration.assets import today
from orchestration.assets.audit_log import AUDIT_LOG
from orchestration.assets.deliverables import paper_key, paper_name
from orchestration.assets.drill import WHEN, drill, drill_request
from orchestration.assets.erasure import CASES
from orchestration.assets.history import history
from orchestration.assets.partitions import RANGE_END, RANGE_START, ContractPartitions
from orchestration.assets.pbx import ROWS_AS_EXPECTED, checks_of, key_of
from orchestration.assets.recordings import ARCHIVED, SEALED
from orchestration.assets.recordings_jobs import recordings_read_medium
from orchestration.assets.warehouse import GROUP as WAREHOUSE
from orchestration.assets.warehouse import WarehouseAssets
from telephony_ingest.exchange import DATASETS

AT_NIGHT = time(0, 30)
"""When the day that has ended is taken in to its end; the questions and the build follow."""

SIMULATED = (
    "このホームは模擬時計で動いています。時間を進めるには madoguchi run --as-of を使ってください。"
)
INGEST = "ingest"
MORNING = "morning"
NIGHTLY = "nightly"
AUDIT = "audit"
VAULT = "vault"
ROTATION = "rotation"
ERASURES = "erasures"


def asset_jobs(
    warehouse: WarehouseAssets, owed: Sequence[OwedPaper], words: ContractWords
) -> list[dg.UnresolvedAssetJobDefinition]:
    """The jobs, by the names that `madoguchi run` and the schedules use; one per kind of paper."""
    pbx = [key_of(dataset.name) for dataset in DATASETS.values()]
    rows_as_expected = [dg.AssetCheckKey(key, ROWS_AS_EXPECTED) for key in pbx]
    readable = [check for name in DATASETS for check in checks_of(name)]
    return [
        dg.define_asset_job(
            INGEST,
            selection=dg.AssetSelection.assets(*pbx).without_checks()
            | dg.AssetSelection.checks(*readable),
            description="取込み：電話交換機の新しい記録を取り込みます（開設時間中は5分ごと）。",
        ),
        dg.define_asset_job(
            MORNING,
            selection=dg.AssetSelection.assets(*pbx).without_checks()
            | dg.AssetSelection.checks(*readable, *rows_as_expected)
            | dg.AssetSelection.assets(warehouse.daily),
            description=(
                "夜間のまとめ：新しい記録を取り込み、取り込んだ行を確認し、終わった日の件数を作ります（毎日0時30分）。"
            ),
        ),
        dg.define_asset_job(
            NIGHTLY,
            selection=dg.AssetSelection.assets(warehouse.daily),
            description="集計：その日の通話を区分し、日別・30分別の件数を作り直します（遅れて届いた日、毎日1時）。",
        ),
        dg.define_asset_job(
            AUDIT,
            selection=dg.AssetSelection.assets(AUDIT_LOG),
            description="監査記録の検証：新しい記録を移し、署名し、すべてを検証します（毎日2時）。",
        ),
        dg.define_asset_job(
            VAULT,
            selection=dg.AssetSelection.assets(SEALED),
            description="録音の検証：手元の写しをすべて開き、目録と照合します（毎週日曜3時）。",
        ),
        dg.define_asset_job(
            ROTATION,
            selection=dg.AssetSelection.assets(ARCHIVED),
            description="録音の移動：日数を過ぎた録音を2つの媒体へ移します（毎日3時30分）。",
        ),
        dg.define_asset_job(
            ERASURES,
            selection=dg.AssetSelection.assets(CASES),
            description="消去の案件：進み具合と残務を示します（毎日4時）。",
        ),
        *(_paper_job(paper, warehouse, words) for paper in owed),
        *(
            _papers_job(unit, theirs, warehouse)
            for unit in Unit
            if len(theirs := [paper for paper in owed if paper.kind.unit is unit]) > 1
        ),
    ]


def papers_job_name(unit: Unit) -> str:
    """The name of the job that makes several papers of one period: `papers_of_week`."""
    return f"papers_of_{unit.value}"


def _papers_job(
    unit: Unit, theirs: Sequence[OwedPaper], warehouse: WarehouseAssets
) -> dg.UnresolvedAssetJobDefinition:
    """All papers whose periods go by that unit, with their figures: of these a run takes what it has to make."""
    keys = [key for owed in theirs for key in (paper_key(owed), *_figures(owed, warehouse))]
    return dg.define_asset_job(
        papers_job_name(unit),
        selection=dg.AssetSelection.assets(*dict.fromkeys(keys)),
        description="同じ区分の書類をまとめて作成します（madoguchi run が用います）。",
    )


def _figures(owed: OwedPaper, warehouse: WarehouseAssets) -> Sequence[dg.AssetKey]:
    """The longer periods' figures, all of them where the paper reads one."""
    figures = warehouse.by_unit.get(owed.kind.unit)
    read = {dg.AssetKey([WAREHOUSE, name]) for name in owed.kind.assets}
    return list(figures.keys) if figures is not None and read & figures.keys else []


def _paper_job(
    owed: OwedPaper, warehouse: WarehouseAssets, words: ContractWords
) -> dg.UnresolvedAssetJobDefinition:
    """The figures of the paper's period, where there are any, and the paper."""
    return dg.define_asset_job(
        paper_name(owed),
        selection=dg.AssetSelection.assets(paper_key(owed), *_figures(owed, warehouse)),
        description=f"{owed.terms.title}：提出期限の日に、その区分の書類を作成します{words.cited(owed.kind.clause)}。",
    )


def schedules(
    settings: Settings,
    partitions: ContractPartitions,
    jobs: Sequence[dg.UnresolvedAssetJobDefinition],
    *,
    is_simulated: bool,
    is_running: bool,
) -> list[dg.ScheduleDefinition]:
    """Schedules of a home. `is_running`: they start by themselves (a real home that has begun)."""
    by_name = {job.name: job for job in jobs}
    calendar = BusinessCalendar(settings.contract)
    status = dg.DefaultScheduleStatus.RUNNING if is_running else dg.DefaultScheduleStatus.STOPPED

    def moment(context: dg.ScheduleEvaluationContext) -> datetime:
        return context.scheduled_execution_time.astimezone(TOKYO)

    @dg.schedule(
        name="ingest_in_hours",
        job=by_name[INGEST],
        cron_schedule="*/5 * * * *",
        execution_timezone=TIME_ZONE,
        default_status=status,
        description="開設時間中5分ごと、終業30分後までの取込み。",
    )
    def ingest_in_hours(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if is_simulated:
            return dg.SkipReason(SIMULATED)
        return ingest_tick(calendar, moment(context))

    @dg.schedule(
        name="morning_at_night",
        job=by_name[MORNING],
        cron_schedule=f"{AT_NIGHT.minute} {AT_NIGHT.hour} * * *",
        execution_timezone=TIME_ZONE,
        default_status=status,
        description="前日のまとめ：取込み、取り込んだ行の確認、前日の集計（毎日0時30分）。",
    )
    def morning_at_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if is_simulated:
            return dg.SkipReason(SIMULATED)
        return morning_request(partitions, moment(context).date() - timedelta(days=1))

    @dg.schedule(
        name="model_at_night",
        job=by_name[NIGHTLY],
        cron_schedule="0 1 * * *",
        execution_timezone=TIME_ZONE,
        default_status=status,
        description="後から記録が届いた日の集計（毎日1時）。",
    )
    def model_at_night(
        context: dg.ScheduleEvaluationContext,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        if is_simulated:
            return dg.SkipReason(SIMULATED)
        now = moment(context)
        home = Home.at(settings.home_root, settings.keys_root)
        pending = pending_days(home, wanted_state(home, now, settings.built_by), calendar)
        return nightly_requests(partitions, pending)

    return [
        ingest_in_hours,
        morning_at_night,
        model_at_night,
        *(
            _plain_schedule(name, by_name[job], cron, description, status, is_simulated)
            for name, job, cron, description in _PLAIN
        ),
        _plain_schedule(
            "medium_every_month",
            recordings_read_medium,
            "30 4 1 * *",
            "媒体の照合（毎月1日4時30分、最も長く照合していない媒体）。",
            status,
            is_simulated,
        ),
        _plain_schedule(
            "history_at_night",
            history,
            "45 4 * * *",
            "処理の記録の整理（毎日4時45分）。",
            status,
            is_simulated,
        ),
        _drill_schedule(settings, status, is_simulated),
        _brief_schedule(calendar, status, is_simulated),
        *(
            _paper_schedule(settings, owed, by_name, status, is_simulated)
            for owed in owed_papers(settings)
        ),
    ]


_PLAIN = (
    ("audit_at_night", AUDIT, "0 2 * * *", "監査記録の検証（毎日2時）。"),
    ("vault_on_sundays", VAULT, "0 3 * * 0", "録音の検証（毎週日曜3時）。"),
    ("rotation_at_night", ROTATION, "30 3 * * *", "録音の移動（毎日3時30分）。"),
    ("erasures_at_night", ERASURES, "0 4 * * *", "消去の案件と残務（毎日4時）。"),
)
"""Schedules that begin their job and decide nothing: name, job, cron line, description."""


def _plain_schedule(
    name: str,
    job: dg.UnresolvedAssetJobDefinition | dg.JobDefinition,
    cron: str,
    description: str,
    status: dg.DefaultScheduleStatus,
    is_simulated: bool,
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone=TIME_ZONE,
        default_status=status,
        description=description,
    )
    def begins_its_job() -> dg.RunRequest | dg.SkipReason:
        return dg.SkipReason(SIMULATED) if is_simulated else dg.RunRequest()

    return begins_its_job


def _drill_schedule(
    settings: Settings, status: dg.DefaultScheduleStatus, is_simulated: bool
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="drill_when_due",
        job=drill,
        cron_schedule="15 5 * * *",
        execution_timezone=TIME_ZONE,
        default_status=status,
        description=f"バックアップの復元訓練（{WHEN}）。",
    )
    def drill_when_due(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if is_simulated:
            return dg.SkipReason(SIMULATED)
        now = context.scheduled_execution_time.astimezone(TOKYO)
        with outlook(settings, now) as place:
            return drill_request(last_event(place.engine, BackupDeed.DRILLED), now.date())

    return drill_when_due


def _brief_schedule(
    calendar: BusinessCalendar, status: dg.DefaultScheduleStatus, is_simulated: bool
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="morning_brief_at_half_past_eight",
        job=today.morning_brief_job,
        cron_schedule=f"{today.AT.minute} {today.AT.hour} * * *",
        execution_timezone=TIME_ZONE,
        default_status=status,
        description="朝の確認（開設日の8時30分。期間の後は平日）。",
    )
    def morning_brief_at_half_past_eight(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        if is_simulated:
            return dg.SkipReason(SIMULATED)
        day = civil_date(context.scheduled_execution_time)
        return (
            dg.RunRequest() if calendar.is_working_day(day) else dg.SkipReason("本日は休みです。")
        )

    return morning_brief_at_half_past_eight


def _paper_schedule(
    settings: Settings,
    owed: OwedPaper,
    jobs: Mapping[str, dg.UnresolvedAssetJobDefinition],
    status: dg.DefaultScheduleStatus,
    is_simulated: bool,
) -> dg.ScheduleDefinition:
    made_at, clause = owed.terms.made_at, settings.contract.words.clause(owed.kind.clause)

    @dg.schedule(
        name=f"{paper_name(owed)}_when_due",
        job=jobs[paper_name(owed)],
        cron_schedule=f"{made_at.minute} {made_at.hour} * * *",
        execution_timezone=TIME_ZONE,
        default_status=status,
        description=(
            f"{owed.terms.title}の作成（期限の日の{made_at:%H:%M}{f'、{clause}' if clause else ''}）。"
            "提出後に数字が動いた区分は第2版を作ります。"
        ),
    )
    def when_due(
        context: dg.ScheduleEvaluationContext,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        if is_simulated:
            return dg.SkipReason(SIMULATED)
        now = context.scheduled_execution_time.astimezone(TOKYO)
        with outlook(settings, now) as place:
            return paper_requests(owed, now.date(), papers_to_judge(place))

    return when_due


def ingest_tick(calendar: BusinessCalendar, moment: datetime) -> dg.RunRequest | dg.SkipReason:
    """Whether this is a moment of taking in: from opening to half an hour after closing.

    What comes after hours and on closed days is taken in at night with the day's figures: the paper made in
    the morning would miss those calls, and a second edition would follow every week.
    """
    night = calendar.night_closes_at(moment.date())
    if night is not None and moment <= night + timedelta(minutes=30):
        return dg.RunRequest()
    opens, closes = calendar.opens_at(moment.date()), calendar.closes_at(moment.date())
    if opens is None or closes is None:
        return dg.SkipReason(f"本日は休みです（{calendar.closed_reason(moment.date())}）。")
    if not opens <= moment <= closes + timedelta(minutes=30):
        return dg.SkipReason("開設時間外です。")
    return dg.RunRequest()


def morning_request(
    partitions: ContractPartitions, yesterday: date
) -> dg.RunRequest | dg.SkipReason:
    """The day that has just ended."""
    if not partitions.first_day <= yesterday <= partitions.last_day:
        return dg.SkipReason("契約の期間外です。")
    return dg.RunRequest(
        tags={RANGE_START: yesterday.isoformat(), RANGE_END: yesterday.isoformat()}
    )


def nightly_requests(
    partitions: ContractPartitions, pending: Sequence[DayRange]
) -> list[dg.RunRequest] | dg.SkipReason:
    """Every day whose rows moved since it was built."""
    requests = []
    for days in pending:
        first, last = partitions.keys_of(days)
        requests.append(dg.RunRequest(tags={RANGE_START: first, RANGE_END: last}))
    return requests or dg.SkipReason("動いた日はありません。")


def paper_requests(
    owed: OwedPaper, today: date, papers: Sequence[DuePaper]
) -> list[dg.RunRequest] | dg.SkipReason:
    """The papers of one kind that are due, or whose rows moved after they were made."""
    theirs = [paper for paper in papers if paper.owed.kind.kind == owed.kind.kind]
    if not theirs:
        return dg.SkipReason(f"{today.isoformat()}：作成すべき{owed.terms.title}はありません。")
    return [dg.RunRequest(partition_key=paper.period.starts_on.isoformat()) for paper in theirs]
