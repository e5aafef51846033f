"""A diagnosis as text for a person and as JSON for a program."""

from __future__ import annotations

import json
import textwrap
from datetime import datetime
from typing import Any

from compliance.ground.japan import TOKYO
from orchestration.command.doctor import Diagnosis


def as_json(seen: Diagnosis) -> str:
    """One JSON object: `needs_a_hand`, `sources`, `rows`, `clocks`, `calls`, `findings`, `advice`."""
    return json.dumps(facts(seen), ensure_ascii=False)


def as_text(seen: Diagnosis) -> str:
    """What was found, then what to do, the needed things first."""
    values = facts(seen)
    lines = ["", "What was found:"]
    for source in values["sources"]:
        form = f": {source['form']}" if source["form"] else ""
        lines.append(f"  {source['kind']:<11}{source['name']}  {source['state']}{form}")
    lines += ["", "Rows:"]
    for seen_rows in values["rows"]:
        first, last = seen_rows["first_at"], seen_rows["last_at"]
        span = f"{first} – {last}" if last else "none"
        lines.append(f"  {seen_rows['kind']:<11}{seen_rows['rows']:>8}  {span}")
        if blank := seen_rows["null_rates"]:
            shares = sorted(blank.items(), key=lambda item: (-item[1], item[0]))
            parts = ", ".join(f"{name} {share:.0%}" for name, share in shares)
            lines += textwrap.wrap(
                f"without a value: {parts}",
                100,
                initial_indent=" " * 13,
                subsequent_indent=" " * 13,
            )
    lines += [f"Calls: {values['calls']}"]
    for clock in values["clocks"]:
        lines.append(
            f"Clock: {clock['log']} is {clock['seconds']:+g} s against {clock['against']} "
            f"(median of {clock['rows']} rows)"
        )
    for is_needed, heading in ((True, "Needs a hand:"), (False, "To know:")):
        told = [advice for advice in values["advice"] if advice["is_needed"] is is_needed]
        if told:
            lines += ["", heading]
        for advice in told:
            lines.append(f"  {advice['topic']} {advice['subject']}: {advice['what']}")
            if advice["line"]:
                lines.append(f"    contract.toml: {advice['line']}")
    if not any(advice["is_needed"] for advice in values["advice"]):
        lines += ["", "Nothing needs a hand."]
    return "\n".join(lines)


def facts(seen: Diagnosis) -> dict[str, Any]:
    """What was found, as plain values; times in Japan."""
    return {
        "needs_a_hand": seen.needs_a_hand,
        "sources": [
            {
                "kind": report.kind,
                "name": source.name,
                "state": source.state,
                "form": source.form,
                "detail": source.detail,
            }
            for report in seen.landings
            for source in report.sources
        ],
        "rows": [
            {
                "kind": rows.kind,
                "rows": rows.rows,
                "first_at": _shown(rows.first_at),
                "last_at": _shown(rows.last_at),
                "rows_ahead": rows.rows_ahead,
                "null_rates": {name: round(rate, 4) for name, rate in rows.null_rates.items()},
            }
            for rows in seen.rows
        ],
        "clocks": [
            {"log": c.log, "against": c.against, "seconds": c.seconds, "rows": c.rows}
            for c in seen.clocks
        ],
        "calls": seen.calls,
        "findings": [
            {"test": f.test, "rows": f.rows, "title": f.title, "is_notice": f.is_notice}
            for f in seen.findings
        ],
        "advice": [
            {
                "topic": a.topic,
                "subject": a.subject,
                "what": a.what,
                "line": a.line,
                "is_needed": a.is_needed,
            }
            for a in seen.advice
        ],
    }


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}"
