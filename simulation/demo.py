"""The demo: a simulated centre from its first day to its last paper, in steps of a paper, and where to look.

The contract of the demo is the one at hand with an invented contractor in its heads, written beside the demo's
home, so that whoever opens that home reads the same contract. Its exchange is ours: what is sealed is removed from it.
"""

from __future__ import annotations

import re
from pathlib import Path

from compliance.contract.folder import FORM, TERMS, WORDS, contract_files
from compliance.ground import durable

AS_OF = "2024-03-05T09:00+09:00"
"""The morning after the last paper of the contract."""
_CONTRACTOR = {
    "contractor_name": "株式会社みどり電話サービス（架空）",
    "contractor_address": "札幌市中央区架空町1丁目",
    "contractor_representative": "代表取締役　例田 見本",
    "manager_name": "部門責任者　試野 仮名",
    "contact_telephone": "011-000-0000",
}


def contract_of(home: Path) -> Path:
    """Where a demo's contract lies: beside its home, in a folder whose name is nobody's contract."""
    return home.with_name(home.name + "-contract")


def demo_contract(config: Path, home: Path) -> Path:
    """The contract with an invented contractor where it leaves one blank, in a folder beside the demo's home."""
    files = contract_files(config)
    text = files.terms.read_text("utf-8")
    for key, value in _CONTRACTOR.items():
        text = re.sub(rf'^{key} = ""', f'{key} = "{value}"', text, flags=re.MULTILINE)
    text = re.sub(
        r"^remove_after_seal = false", "remove_after_seal = true", text, flags=re.MULTILINE
    )
    folder = contract_of(home)
    folder.mkdir(parents=True, exist_ok=True)
    told = {TERMS: text.encode(), FORM: files.form.read_bytes(), WORDS: files.words.read_bytes()}
    for name, content in told.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            durable.write_durably(path, content)
    return folder


def _certificates(home: Path) -> list[str]:
    """The certificates of erasure, and how the city checks them."""
    from compliance.keys.chain import read_chain

    keys, _ = read_chain(home / "erasure" / "keys")
    return [
        line
        for page in sorted((home / "outbox" / "erasure").glob("*/verify.html"))
        for line in (
            f"  {page.parent}/   a certificate of erasure; verify.html checks it by a double click",
            f"  madoguchi verify {page.parent} --fingerprint {keys[0].fingerprint}",
        )
    ]


def where_to_look(home: Path) -> str:
    """Counts by outcome from the warehouse, then the places worth opening."""
    import duckdb

    from reporting.weekly.wording import CALLBACKS, OUTCOMES
    from simulation.city import city_medium
    from simulation.people import PASSPHRASE

    words = {**OUTCOMES, **CALLBACKS}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select outcome, count(*) from marts.fct_calls group by outcome order by 2 desc"
        ).fetchall()
    papers = sorted((home / "outbox" / "weekly").rglob("*.pdf"))
    lines = ["", f"{sum(n for _, n in rows)} calls, each in exactly one class:"]
    told = [f"{n:>4} {outcome} {words.get(outcome, '')}" for outcome, n in rows]
    lines += ["  " + "   ".join(told[at : at + 3]) for at in range(0, len(told), 3)]
    lines += ["", "Look at:"]
    lines += [f"  {papers[0]}"] if papers else []
    lines += [
        f"  {home / 'outbox'}/    the papers of all {len(papers)} weeks, PDF and Excel",
        f"  {city_medium(home)}/   what the city received: complaint reports and 別紙 with their words, monthly papers",
        f"  madoguchi today --home {home}   the manager's morning",
        f"  {home / 'quality'}/index.html   what was asked of the rows",
        f"  madoguchi people list --home {home}   who works there (invented; every key opens with {PASSPHRASE})",
        f"  madoguchi audit verify --home {home}   the log of who did what: is it what was written",
        *_certificates(home),
        "  .venv/bin/madoguchi dev   the desk and the Dagster UI on this home, behind a log-in: http://127.0.0.1:3000",
        "  make dev                the same on a working afternoon, with calls coming in (docs/tour.md)",
        f"  {home / 'warehouse.duckdb'}   every call in marts.fct_calls (DuckDB)",
    ]
    return "\n".join(lines)
