"""Are the landed rows what such a source sends? Great Expectations asks, this module says what.

Each kind has one suite. A suite judges rows that could be read; what could not be read is counted by
landing itself. Results hold counts only: no value of a row is ever shown, printed or stored, and the
columns with pseudonyms are asked for their shape alone. Of many rows DuckDB finds those that may fail, and these with a
share of the others are judged (`rows`): memory is bounded whatever a day brings. Great Expectations takes seconds to import and
reads data frames, so this module is imported by whoever judges, and never at start-up.
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telephony_ingest.landing.dataset import Asked, Dataset, Question
from telephony_ingest.quality import expectations
from telephony_ingest.quality.pages import first_page, without_outside
from telephony_ingest.quality.rows import ONCE, RowsToJudge, rows_to_judge
from telephony_ingest.quality.verdict import Check, Verdict

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Docs:
    """Where Data Docs go (replacing what lies there), and the present time they print."""

    folder: Path
    now: datetime


_SITE = "quality"
"""The site of the pages; Great Expectations' own, which an ephemeral context has besides, is never built."""
_COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}
"""How results are told: counts, no values of the rows that failed."""


def judge(
    landing: Path,
    datasets: Iterable[Dataset],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    docs: Docs | None = None,
    elsewhere: Mapping[str, Sequence[Path]] | None = None,
) -> dict[str, Verdict]:
    """Judge the landed rows whose own time lies on those civil days in Japan (null: open), by dataset.

    No row at all is no failure here: whether a source is missing is landing's to say. With `docs`, Data
    Docs over all that was asked are written there. `elsewhere` names the files to read of a dataset: where it is not
    landing's, or where it is known which ones hold those days.
    """
    import duckdb

    files = elsewhere or {}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        asked = [
            (
                dataset,
                rows_to_judge(
                    connection,
                    dataset,
                    files.get(dataset.name, [landing / dataset.name / "*.parquet"]),
                    first_day,
                    last_day,
                ),
            )
            for dataset in datasets
        ]
    frames = [(dataset, rows.frame) for dataset, rows in asked if not rows.frame.empty]
    answers: dict[str, list[Any]] = {}
    if frames:
        with _quiet():
            answers = _validate(frames, docs)
    verdicts = {
        dataset.name: Verdict(
            dataset, rows.count, _checks(dataset, rows, answers.get(dataset.name, []))
        )
        for dataset, rows in asked
    }
    if docs is not None:
        _write_pages(docs, verdicts)
    return verdicts


def _write_pages(docs: Docs, verdicts: Mapping[str, Verdict]) -> None:
    docs.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    without_outside(docs.folder)
    details = {
        page.relative_to(docs.folder).parts[1]: page.relative_to(docs.folder).as_posix()
        for page in docs.folder.glob("validations/*/**/*.html")
    }
    text = first_page(verdicts.values(), details, docs.now)
    (docs.folder / "index.html").write_text(text, "utf-8")


def _checks(dataset: Dataset, rows: RowsToJudge, results: Sequence[Any]) -> tuple[Check, ...]:
    checks = []
    for (name, title_ja), result in zip(_titles(dataset) if results else (), results, strict=True):
        counts = result.result or {}
        failed = int(counts.get("unexpected_count", 0 if result.success else rows.count) or 0)
        if rows.is_cut and not result.success:
            failed = rows.failing[name]
        checks.append(Check(name, title_ja, bool(result.success), rows.count, failed))
    return tuple(checks)


def _validate(
    frames: Sequence[tuple[Dataset, pd.DataFrame]], docs: Docs | None
) -> dict[str, list[Any]]:
    """The results of each dataset, in the order of its questions."""
    expectations.load()
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    if docs is not None:
        _keep_docs(context, docs.folder)
    source = context.data_sources.add_pandas("landing")
    results = {
        dataset.name: _ask(context, source, dataset, frame, docs) for dataset, frame in frames
    }
    if docs is not None:
        context.build_data_docs(site_names=[_SITE])
    return results


def _ask(
    context: Any, source: Any, dataset: Dataset, frame: pd.DataFrame, docs: Docs | None
) -> list[Any]:
    """What is asked only to be known is asked of the batch; what goes into pages is kept by the context first."""
    import great_expectations as gx
    from great_expectations import expectations as gxe

    rows = source.add_dataframe_asset(dataset.name).add_batch_definition_whole_dataframe("rows")
    asked = _asked(dataset, gxe)
    for name, title_ja, expectation in asked:
        expectation.meta = {"question": name}
        expectation.notes = title_ja
    suite = gx.ExpectationSuite(name=dataset.name, expectations=[one for _, _, one in asked])
    if docs is None:
        batch = rows.get_batch({"dataframe": frame})
        run = batch.validate(suite, result_format=_COUNTS_ONLY)
    else:
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=dataset.name, data=rows, suite=context.suites.add(suite))
        )
        run = definition.run(
            batch_parameters={"dataframe": frame},
            result_format=_COUNTS_ONLY,
            run_id=gx.RunIdentifier(run_name=dataset.name, run_time=docs.now),
        )
    by_question: dict[str, Any] = {
        (r.expectation_config.meta or {})["question"]: r
        for r in run.results
        if r.expectation_config is not None
    }
    return [by_question[name] for name, _, _ in asked]


def _keep_docs(context: Any, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    context.add_data_docs_site(
        site_name=_SITE,
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


def _expectation(question: Question, expectations: Any) -> Any:
    """A question as Great Expectations asks it."""
    column = question.column
    match question.asked:
        case Asked.IS_THERE:
            return expectations.ExpectColumnValuesToNotBeNull(column=column)
        case Asked.IS_KNOWN:
            return expectations.ExpectColumnValuesToBeInSet(
                column=column, value_set=list(question.values)
            )
        case Asked.IS_SHAPED:
            return expectations.ExpectColumnValuesToMatchRegex(
                column=column, regex=question.pattern
            )
        case Asked.IS_PLAUSIBLE:
            return expectations.ExpectColumnValuesToBeBetween(
                column=column, min_value=question.low, max_value=question.high
            )


_ONCE_TITLE = "同じ場所の行が二度取り込まれていない"


def _asked(dataset: Dataset, expectations: Any) -> list[tuple[str, str, Any]]:
    """(name, title, expectation) of every question to a dataset: its own, after the one that all share."""
    once = (
        expectations.ExpectCompoundColumnsToBeUnique(column_list=list(dataset.place))
        if len(dataset.place) > 1
        else expectations.ExpectColumnValuesToBeUnique(column=dataset.place[0])
    )
    return [
        (ONCE, _ONCE_TITLE, once),
        *((q.name, q.title_ja, _expectation(q, expectations)) for q in dataset.questions),
    ]


def _titles(dataset: Dataset) -> list[tuple[str, str]]:
    return [(ONCE, _ONCE_TITLE), *((q.name, q.title_ja) for q in dataset.questions)]
