"""What a run did, as text for a person and as JSON for a program. Counts and file names only."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from application.home.run_report import Journal

_MOST_PAPERS = 6
"""More than those are told by how many of each kind there are."""


def as_json(journal: Journal) -> str:
    """One JSON object: `landed`, `recordings_sealed`, `recordings_rotated`, `days_built`, `papers`, `findings`, `touched`, `refused`."""
    return json.dumps(facts(journal), ensure_ascii=False)


def as_text(journal: Journal) -> str:
    """A few lines; refused input is named source by source."""
    values = facts(journal)
    lines = ["", "Taken in:"]
    for landing in values["landed"]:
        lines.append(f"  {landing['kind']:<11}{landing['rows']:>8} rows")
    lines.append(
        f"Vault: {values['recordings_sealed']} recordings sealed, "
        f"{values['recordings_rotated']} brought to two media"
    )
    if values["rotation_refused"]:
        lines.append(f"Rotation refused: {values['rotation_refused']}")
    lines += [f"Not rotated: {failed}" for failed in values["rotation_failed"]]
    lines.append(f"Warehouse: {values['days_built']} days built")
    written = [paper for paper in values["papers"] if paper["is_written"]]
    if len(written) > _MOST_PAPERS:
        kinds = Counter(paper["kind"] for paper in written)
        lines.append(f"Papers: {', '.join(f'{number} {kind}' for kind, number in kinds.items())}")
    else:
        for paper in written:
            lines.append(f"Paper: {paper['folder']}/")
            lines += [f"  {name}" for name in paper["files"]]
    if not written:
        lines.append("Papers: nothing new to write")
    for is_notice, heading in (
        (False, "Found in the calls (all work is done, the papers are made):"),
        (True, "Gaps in the records (the papers say so):"),
    ):
        found = [f for f in values["findings"] if f["is_notice"] is is_notice]
        if found:
            lines += ["", heading]
            lines += [f"  {f['test']}: {f['rows']} rows: {f['title']}" for f in found]
    if values["recordings_refused"]:
        lines += ["", "Recordings that stay in clear on the PBX (all other work is done):"]
        lines += [f"  {one['recording']}: {one['reason']}" for one in values["recordings_refused"]]
    if values["touched"]:
        lines += ["", "Delivered files that were not as they were delivered:"]
        lines += [f"  {touched}" for touched in values["touched"]]
    if values["refused"]:
        lines += ["", "Refused input (all other work is done):"]
        lines += [f"  {refusal}" for refusal in values["refused"]]
    return "\n".join(lines)


def facts(journal: Journal) -> dict[str, Any]:
    """What a run did, as plain values."""
    return {
        "landed": [{"kind": kind, "rows": rows} for kind, rows in journal.rows_by_kind().items()],
        "days_built": journal.days_built,
        "recordings_sealed": journal.recordings_sealed,
        "recordings_rotated": journal.recordings_rotated,
        "rotation_refused": journal.rotation_refused,
        "rotation_failed": journal.rotation_failed,
        "recordings_refused": [
            {"recording": one.recording_id, "reason": one.reason}
            for one in journal.recordings_refused
        ],
        "papers": [
            {
                "kind": paper.kind,
                "period": paper.period,
                "edition": paper.edition,
                "is_written": paper.is_written,
                "folder": str(paper.folder),
                "files": list(paper.files),
            }
            for paper in journal.papers
        ],
        "findings": [
            {
                "test": finding.test,
                "rows": finding.rows,
                "title": finding.title,
                "is_notice": finding.is_notice,
            }
            for finding in journal.findings
        ],
        "touched": [
            f"{touched.kind}/{touched.period}/{touched.name}: "
            + (
                "was gone or altered, and was made again as registered"
                if touched.is_restored
                else "was gone or altered, and comes out differently now: put back the city's copy"
            )
            for touched in journal.touched
        ],
        "refused": [
            *(
                f"{report.kind}: {state.name}: {state.state}: {state.detail}"
                for report in journal.landings
                for state in report.sources
                if state.is_trouble
            ),
            *(
                f"{report.kind}: {count} lines set aside: {reason} (see landing/rejects in the home)"
                for report in journal.landings
                for reason, count in sorted(report.rejected_by_reason.items())
            ),
            *(
                f"inbox: {count} {what}"
                for count, what in (
                    (journal.sheet_rows_returned, "rows went back with their reasons"),
                    (
                        journal.sheets_returned,
                        "files that are no sheets went back with their reasons",
                    ),
                    (journal.sheets_stuck, "files could not be given back and still lie there"),
                )
                if count
            ),
        ],
    }
