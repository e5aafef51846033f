"""A contract is a folder of three files: `contract.toml` (terms), `form.toml` (the record of an inquiry), `words.toml` (clauses
and words that papers print).

Either the folder or its `contract.toml` may be named. A terms file that lies alone takes the form and the words of the
contract as shipped, as before the folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from compliance.errors import ContractInvalid

TERMS, FORM, WORDS = "contract.toml", "form.toml", "words.toml"
CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SHIPPED = CONTRACTS / "sapporo-2023"
"""The contract that is in force where none is named."""


@dataclass(frozen=True, slots=True)
class ContractFiles:
    """Where the three files of one contract lie. `is_alone`: the terms lie without a form and words of their own."""

    terms: Path
    form: Path
    words: Path
    is_alone: bool


def contract_files(named: Path) -> ContractFiles:
    """The files of the contract that somebody named by its folder or its terms.

    Raises:
        ContractInvalid: a folder lacks one of them.
    """
    if not named.is_dir():
        beside = named.parent
        form, words = beside / FORM, beside / WORDS
        is_alone = not form.is_file() and not words.is_file()
        return ContractFiles(
            terms=named,
            form=SHIPPED / FORM if is_alone else form,
            words=SHIPPED / WORDS if is_alone else words,
            is_alone=is_alone,
        )
    missing = [name for name in (TERMS, FORM, WORDS) if not (named / name).is_file()]
    if missing:
        raise ContractInvalid(
            "\n  ".join(
                [
                    f"{named} is no folder of a contract:",
                    *(
                        f"{name}: is missing: copy it from {CONTRACTS.name}/{SHIPPED.name}"
                        for name in missing
                    ),
                ]
            )
        )
    return ContractFiles(named / TERMS, named / FORM, named / WORDS, is_alone=False)


def copy_contract(source: Path, target: Path) -> tuple[str, ...]:
    """Copy a contract as the start of another; returns what stays to be filled in, `file: line N: key` each, by the
    blanks of the copy.

    Raises:
        ContractInvalid: the source is no contract, or the target is there already.
    """
    files = contract_files(source)
    if target.exists():
        raise ContractInvalid(f"{target} is there already: name another folder.")
    texts = {
        name: path.read_text("utf-8")
        for name, path in ((TERMS, files.terms), (FORM, files.form), (WORDS, files.words))
    }
    target.mkdir(parents=True)
    for name, text in texts.items():
        (target / name).write_text(text, "utf-8")
    return tuple(
        f"{name}: line {number}: {line.split('=')[0].strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if '= ""' in line and not line.startswith("#")
    )
