"""Are the landed rows what such a source sends? Great Expectations asks, this module says what.

Each kind has one suite. A suite judges rows that could be read; what could not be read is counted by
landing itself. Results hold counts only: no value of a row is ever sampled, printed or stored, and the
columns with pseudonyms are asked for their shape alone. Great Expectations takes seconds to import and
reads data frames, so this module is imported by whoever judges, and never at start-up.
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telephony_ingest.landing.logs import SourceKind
from telephony_ingest.quality.pages import first_page, without_outside

if TYPE_CHECKING:
    import pandas as pd

_VERBS = [
    "QUEUESTART",
    "ADDMEMBER",
    "REMOVEMEMBER",
    "PAUSE",
    "UNPAUSE",
    "PAUSEALL",
    "UNPAUSEALL",
    "ENTERQUEUE",
    "CONNECT",
    "COMPLETEAGENT",
    "COMPLETECALLER",
    "ABANDON",
    "EXITWITHKEY",
    "EXITWITHTIMEOUT",
    "EXITEMPTY",
    "RINGNOANSWER",
    "RINGCANCELED",
    "BLINDTRANSFER",
    "ATTENDEDTRANSFER",
    "TRANSFER",
    "CONFIGRELOAD",
    "PENALTY",
    "RINGINUSE",
    "AGENTDUMP",
    "SYSCOMPAT",
    "DID",
    "INFO",
    "CALLSTATUS",
]
"""What app_queue of Asterisk 22 can write."""

_PSEUDONYM = r"^[0-9a-f]{32}$"
_UNIQUEID = r"^([A-Za-z0-9_]{1,20}-)?[0-9]{9,11}\.[0-9]{1,9}$"

_ROW_TIME = {
    SourceKind.QUEUE_LOG: "event_at",
    SourceKind.CDR: "start_at",
    SourceKind.CEL: "event_at",
    SourceKind.RECORDINGS: "recorded_at",
    SourceKind.VOICEMAIL: "recorded_at",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `rows_failed` counts the rows that do not meet it."""

    name: str
    title_ja: str
    is_met: bool
    rows_checked: int
    rows_failed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was asked of the rows of one kind."""

    kind: SourceKind
    rows: int
    checks: tuple[Check, ...]

    @property
    def is_met(self) -> bool:
        """Whether every question was answered well."""
        return all(check.is_met for check in self.checks)


@dataclass(frozen=True, slots=True)
class Docs:
    """Where Data Docs go (replacing what lies there), and the present time they print."""

    folder: Path
    now: datetime


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    title_ja: str
    expectation: Callable[[Any], Any]


def judge(
    landing: Path,
    kinds: Sequence[SourceKind] = tuple(SourceKind),
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    docs: Docs | None = None,
) -> dict[SourceKind, Verdict]:
    """Judge the landed rows whose own time lies on those civil days in Japan (null: open), by kind.

    No row at all is no failure here: whether a source is missing is landing's to say. With `docs`, Data
    Docs over all that was asked are written there.
    """
    frames = {kind: _frame(kind, landing, first_day, last_day) for kind in kinds}
    rows = {kind: frame for kind, frame in frames.items() if not frame.empty}
    answers: dict[SourceKind, list[Any]] = {}
    if rows:
        with _quiet():
            answers = _validate(rows, docs)
    verdicts = {
        kind: Verdict(kind, len(frame), _checks(kind, len(frame), answers.get(kind, [])))
        for kind, frame in frames.items()
    }
    if docs is not None:
        _write_pages(docs, verdicts)
    return verdicts


def _write_pages(docs: Docs, verdicts: Mapping[SourceKind, Verdict]) -> None:
    docs.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    without_outside(docs.folder)
    details = {
        page.relative_to(docs.folder).parts[1]: page.relative_to(docs.folder).as_posix()
        for page in docs.folder.glob("validations/*/**/*.html")
    }
    text = first_page(verdicts.values(), details, docs.now)
    (docs.folder / "index.html").write_text(text, "utf-8")


def _checks(kind: SourceKind, rows: int, results: Sequence[Any]) -> tuple[Check, ...]:
    checks = []
    for question, result in zip(_QUESTIONS[kind] if results else (), results, strict=True):
        counts = result.result or {}
        failed = int(counts.get("unexpected_count", 0 if result.success else rows) or 0)
        checks.append(Check(question.name, question.title_ja, bool(result.success), rows, failed))
    return tuple(checks)


def _frame(
    kind: SourceKind, landing: Path, first_day: date | None, last_day: date | None
) -> pd.DataFrame:
    import duckdb

    column = _ROW_TIME[kind]
    derived = {
        SourceKind.CDR: ", epoch(end_at) - epoch(start_at) as span_seconds"
        ", coalesce(duration_seconds - billsec_seconds, 0) as before_answer_seconds",
    }.get(kind, "")
    where, values = ["true"], []
    for day, sign in ((first_day, ">="), (last_day, "<=")):
        if day is not None:
            where.append(f"timezone('Asia/Tokyo', {column})::date {sign} ?")
            values.append(day)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(
            f"select *{derived} from read_parquet('{landing / kind}/*.parquet') "
            f"where {' and '.join(where)}",
            values,
        ).df()


def _validate(
    frames: Mapping[SourceKind, pd.DataFrame], docs: Docs | None
) -> dict[SourceKind, list[Any]]:
    """The results of each kind, in the order of its questions."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    if docs is not None:
        _keep_docs(context, docs.folder)
    source = context.data_sources.add_pandas("landing")
    results = {kind: _ask(context, source, kind, frame, docs) for kind, frame in frames.items()}
    if docs is not None:
        context.build_data_docs()
    return results


def _ask(
    context: Any, source: Any, kind: SourceKind, frame: pd.DataFrame, docs: Docs | None
) -> list[Any]:
    import great_expectations as gx
    from great_expectations import expectations as gxe

    batch = source.add_dataframe_asset(kind.value).add_batch_definition_whole_dataframe("rows")
    suite = context.suites.add(gx.ExpectationSuite(name=kind.value))
    for question in _QUESTIONS[kind]:
        expectation = question.expectation(gxe)
        expectation.meta = {"question": question.name}
        expectation.notes = question.title_ja
        suite.add_expectation(expectation)
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=kind.value, data=batch, suite=suite)
    )
    # counts only, no values of the rows that failed
    counts_only = {
        "result_format": "BASIC",
        "partial_unexpected_count": 0,
        "exclude_unexpected_values": True,
    }
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=kind.value, validation_definitions=[definition], result_format=counts_only
        )
    )
    run_id = docs and gx.RunIdentifier(run_name=kind.value, run_time=docs.now)
    outcome = checkpoint.run(batch_parameters={"dataframe": frame}, run_id=run_id)
    (run,) = outcome.run_results.values()
    by_question: dict[str, Any] = {
        (r.expectation_config.meta or {})["question"]: r
        for r in run.results
        if r.expectation_config is not None
    }
    return [by_question[question.name] for question in _QUESTIONS[kind]]


def _keep_docs(context: Any, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    context.add_data_docs_site(
        site_name="quality",
        site_config={
            "class_name": "SiteBuilder",
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder),
            },
            "show_how_to_buttons": False,
        },
    )


class _quiet:  # noqa: N801 - used like a function
    """Great Expectations neither prints nor asks the network while it works."""

    def __enter__(self) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        self._level = logging.getLogger("great_expectations").level
        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, *raised: object) -> None:
        self._warnings.__exit__(*raised)  # type: ignore[arg-type]
        logging.getLogger("great_expectations").setLevel(self._level)


def _not_null(column: str, title_ja: str) -> _Question:
    return _Question(
        f"{column}_is_there", title_ja, lambda e: e.ExpectColumnValuesToNotBeNull(column=column)
    )


def _one_of(column: str, values: Sequence[str], title_ja: str) -> _Question:
    return _Question(
        f"{column}_is_known",
        title_ja,
        lambda e: e.ExpectColumnValuesToBeInSet(column=column, value_set=list(values)),
    )


def _between(
    column: str, low: float | None, high: float | None, title_ja: str, name: str = ""
) -> _Question:
    return _Question(
        name or f"{column}_is_plausible",
        title_ja,
        lambda e: e.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high),
    )


def _shaped(column: str, pattern: str, title_ja: str) -> _Question:
    return _Question(
        f"{column}_is_shaped",
        title_ja,
        lambda e: e.ExpectColumnValuesToMatchRegex(column=column, regex=pattern),
    )


_ONCE = _Question(
    "place_is_landed_once",
    "同じ場所の行が二度取り込まれていない",
    lambda e: e.ExpectCompoundColumnsToBeUnique(column_list=["source_id", "byte_offset"]),
)
_DAY = 24 * 3600.0

_QUESTIONS: dict[SourceKind, tuple[_Question, ...]] = {
    SourceKind.QUEUE_LOG: (
        _ONCE,
        _not_null("event_at", "時刻がある"),
        _one_of("verb", _VERBS, "知られた出来事である"),
        _shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
        _between("wait_seconds", 0, _DAY, "待ち時間が0秒から1日の間にある"),
        _between("talk_seconds", 0, _DAY, "通話時間が0秒から1日の間にある"),
    ),
    SourceKind.CDR: (
        _ONCE,
        _not_null("linkedid", "通話番号がある"),
        _not_null("start_at", "開始時刻がある"),
        _not_null("disposition", "知られた結果である"),
        _shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
        _between("duration_seconds", 0, _DAY, "長さが0秒から1日の間にある"),
        _between("span_seconds", -0.001, None, "終了が開始より前でない", "end_is_not_before_start"),
        _between(
            "before_answer_seconds",
            -0.001,
            None,
            "通話時間が全体の長さを超えない",
            "talk_is_within_call",
        ),
    ),
    SourceKind.CEL: (
        _ONCE,
        _not_null("event_at", "時刻がある"),
        _not_null("linkedid", "通話番号がある"),
        _not_null("event_type", "出来事の名がある"),
        _shaped("uniqueid", _UNIQUEID, "回線の番号の形が正しい"),
        _shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
    ),
    SourceKind.RECORDINGS: (
        _ONCE,
        _shaped("call_uniqueid", _UNIQUEID, "通話に結び付く名である"),
        _one_of("header_state", ("ok", "header_only"), "録音ファイルが壊れていない"),
        _between("duration_seconds", 0, _DAY, "長さが0秒から1日の間にある"),
        _between("sample_rate_hz", 8000, 48000, "標本化周波数が電話の音声のものである"),
    ),
    SourceKind.VOICEMAIL: (
        _ONCE,
        _not_null("recorded_at", "録音時刻がある"),
        _not_null("channel", "録音した回線が分かる"),
        _shaped("caller_pseudonym", _PSEUDONYM, "発信者は仮名IDである"),
        _between("duration_seconds", 0, 3600, "長さが0秒から1時間の間にある"),
    ),
}
