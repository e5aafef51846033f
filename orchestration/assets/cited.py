"""Which clause of the contract each page of the UI serves: by the names of its words, said behind the title of the page.

What the contract calls a clause stands in its `words.toml`; a blank one is not said, and the description is the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import dagster as dg

from compliance.contract.words import ContractWords

MODELS: Mapping[str, str] = {
    "int_calls__classified": "answering",
    "int_kpi__lines_in_use": "lines",
    "int_operators__days": "staffing",
    "fct_calls": "calls",
    "fct_operator_legs": "staffing",
    "fct_operator_intervals": "staff_states",
    "fct_non_calls": "answering",
    "fct_findings": "findings",
    "fct_log_days": "answering",
    "fct_recordings": "keeping",
    "fct_inquiries": "inquiry_counts",
    "fct_messages": "message_records",
    "fct_escalations": "city_reports",
    "fct_callbacks": "return_calls",
    "fct_message_recordings": "keeping",
    "rpt_daily_kpi": "answering",
    "rpt_half_hour_kpi": "half_hours",
    "rpt_weekly_kpi": "answering",
    "rpt_monthly_kpi": "monthly_counts",
    "rpt_operator_weekly": "staff_weeks",
    "rpt_reconciliation_daily": "findings",
    "rpt_inquiry_daily": "answering",
    "rpt_complaint_daily": "complaints",
    "rpt_inquiry_weekly": "answering",
    "rpt_service_daily": "services",
}
"""Models of dbt by name."""
ASSETS: Mapping[str, str] = {
    "compliance/audit_log": "audit_log",
    "compliance/erasures": "erasure",
    "floor/inbox": "inquiry_records",
    "floor/inquiries": "inquiry_records",
    "floor/urgent_complaints": "complaints",
    "recordings/archived": "keeping",
    "recordings/sealed": "sealing",
}
"""Assets of ours by key, as users read it."""
_TITLE = re.compile(r"\*\*(.+?)\*\*\s*")


def model_description(name: str, description: str, words: ContractWords) -> str:
    """A model's description without its marks: title, the clause in brackets, what a row is."""
    cited = words.cited(MODELS.get(name, ""))
    titled = _TITLE.sub(lambda found: found[1] + (cited or "　"), description, count=1)
    return titled.replace("**", "")


def described(
    assets: Iterable[dg.AssetsDefinition], words: ContractWords
) -> list[dg.AssetsDefinition]:
    """The assets with their clause behind the first line of what is said of them."""

    def of(spec: dg.AssetSpec) -> dg.AssetSpec:
        cited = words.cited(ASSETS.get(spec.key.to_user_string(), ""))
        if not cited:
            return spec
        title, mark, rest = (spec.description or "").partition("\n")
        return spec.replace_attributes(description=f"{title}{cited}{mark}{rest}")

    return [one.map_asset_specs(of) for one in assets]
