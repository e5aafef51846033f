"""Typed settings: the contract's folder and the environment, loaded once and frozen.

Every mistake is told in one line that names the key, the value found and what to write instead. A
secret never stands in the file, so a message may show what it holds.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from application.errors import PbxMissing
from application.home.run_store import run_store_of
from compliance.contract.due_terms import DueRule
from compliance.contract.folder import CONTRACTS, SHIPPED, TERMS, contract_files
from compliance.contract.paper_terms import DeliverableTerms
from compliance.contract.terms import Contract
from compliance.contract.words import ContractWords
from compliance.errors import ContractInvalid, HomeUnusable
from compliance.ground.home import Home
from compliance.inquiries.form import load_form
from reporting.figures.kind import is_figures
from reporting.figures.sections import OF_ALL_SERVICES, FigureSection
from reporting.kinds import KINDS, goes_into_forms
from reporting.paper.kind import PaperKind
from telephony_ingest.exchange import PbxSettings

if TYPE_CHECKING:
    from sqlalchemy import URL

_Model = TypeVar("_Model", bound=BaseModel)

DEFAULT_HOME = "var"
PBX_OVERRIDE = "MADOGUCHI_PBX"
"""Environment variable: a folder of PBX files that takes the place of the configured one."""


class WarehouseEngine(StrEnum):
    """What builds the warehouse: DuckDB in the home's own process, or Apache Spark. A matter of the place, not of the contract."""

    HOME = "home"
    SPARK = "spark"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one command works with."""

    contract: Contract
    pbx: PbxSettings
    home_root: Path
    keys_root: Path
    operations_url: str
    config_path: Path
    backups_root: Path | None = None
    """Where this home's backups lie; null where nobody said so."""
    built_by: WarehouseEngine = WarehouseEngine.HOME
    run_store: URL | None = field(default=None, repr=False)
    """Where Dagster keeps its runs; null where that is the home."""


def load_settings(config: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a file and an environment.

    `config` (else `MADOGUCHI_CONFIG`, else ./contract.toml or ./contracts/sapporo-2023, else the one shipped; a folder or the
    file in it); `MADOGUCHI_HOME` (./var),
    `MADOGUCHI_KEYS` (`<home>-keys`), `MADOGUCHI_OPERATIONS_URL` (SQLite in the home), `MADOGUCHI_PBX`
    (a folder of PBX files in the place of `[pbx] root`), `MADOGUCHI_BACKUPS` (the folder that backups lie in, which the monthly
    drill reads), `MADOGUCHI_ENGINE` (`home` or `spark`: what builds the warehouse), `MADOGUCHI_DAGSTER_URL` (PostgreSQL for Dagster's runs, else
    SQLite in the home).

    Raises:
        ContractInvalid: one line per problem.
        HomeUnusable: the keys would lie in the home that they unlock, or no such engine is known.
        PbxMissing: `MADOGUCHI_PBX` names no folder.
        Unusable: `MADOGUCHI_DAGSTER_URL` is no address of PostgreSQL.
    """
    files = contract_files(Path(config or environment.get("MADOGUCHI_CONFIG") or _found_contract()))
    path, words = files.terms, _read(files.words)
    values = _read(path)
    keys = environment.get("MADOGUCHI_KEYS")
    home = Home.at(
        Path(environment.get("MADOGUCHI_HOME") or DEFAULT_HOME), Path(keys) if keys else None
    )
    pbx_values = values.pop("pbx", {})
    problems = [
        f"{key} = {values.pop(key)!r} is not a key that is known here: remove it"
        for key in ("words", "form_file")
        if key in values
    ]
    told = _validated(ContractWords, words, f"{files.words.name}: ", problems)
    contract = _validated(
        Contract,
        {**values, "words": told or ContractWords(), "form_file": files.form.absolute()},
        "",
        problems,
    )
    pbx = _validated(PbxSettings, pbx_values, "pbx.", problems)
    problems += _unknown_papers(contract)
    problems = [line if ".toml: " in line[:32] else f"{path.name}: {line}" for line in problems]
    try:
        load_form(files.form.absolute())
    except ContractInvalid as error:
        problems.append(str(error))
    if problems or contract is None or pbx is None:
        lines = "\n  ".join(problems)
        raise ContractInvalid(f"{path} cannot be used:\n  {lines}")
    if home.keys.resolve().is_relative_to(home.root.resolve()):
        raise HomeUnusable(
            f"The key folder {home.keys} lies in the home {home.root}, so every copy of the home would "
            "carry the keys with it: point MADOGUCHI_KEYS at a folder outside, or unset it."
        )
    engine = environment.get("MADOGUCHI_ENGINE") or WarehouseEngine.HOME
    if engine not in set(WarehouseEngine):
        raise HomeUnusable(
            f"MADOGUCHI_ENGINE is {engine!r}, which builds no warehouse: write {' or '.join(WarehouseEngine)}."
        )
    if folder := environment.get(PBX_OVERRIDE):
        pbx = pbx_at(pbx, Path(folder))
    elif pbx.root == Path():
        pbx = pbx.model_copy(update={"root": home.root.with_name(home.root.name + "-pbx")})
    return Settings(
        contract=contract,
        pbx=pbx,
        home_root=home.root,
        keys_root=home.keys,
        operations_url=environment.get("MADOGUCHI_OPERATIONS_URL") or home.operations_url,
        config_path=path,
        backups_root=Path(backups) if (backups := environment.get("MADOGUCHI_BACKUPS")) else None,
        built_by=WarehouseEngine(engine),
        run_store=run_store_of(environment),
    )


def pbx_at(pbx: PbxSettings, folder: Path) -> PbxSettings:
    """The PBX's settings with another folder in the place of the configured one, which is only read.

    Raises:
        PbxMissing: the folder named is not a folder.
    """
    if not folder.is_dir():
        raise PbxMissing(
            f"The PBX folder {folder} is not a folder: name one laid out like the PBX's own "
            "(queue_log, cdr-csv/, cdr-custom/, cel-custom/, recordings/, voicemail/)."
        )
    return pbx.at(folder)


def _unknown_papers(contract: Contract | None) -> list[str]:
    """Papers that nobody can make, or that are due by another rhythm than they cover."""
    problems = []
    for terms in contract.deliverables if contract else ():
        kind = KINDS.get(terms.kind)
        if kind is None or not kind.is_by_period:
            known = ", ".join(name for name, one in KINDS.items() if one.is_by_period)
            problems.append(
                f"deliverables.kind = {terms.kind!r}: no such paper is known: write one of {known}"
            )
        elif terms.due.unit is not kind.unit:
            rules = [rule.value for rule in DueRule if rule.unit is kind.unit]
            problems.append(
                f"deliverables.due of {terms.kind} goes by the {terms.due.unit}, the paper by the {kind.unit}: "
                f"write {' or '.join([*rules, f'{{ after = {kind.unit.value!r}, … }}'])}"
            )
        elif problem := _cannot_be_printed(kind, terms):
            problems.append(problem)
        elif terms.template and not goes_into_forms(terms.kind):
            problems.append(
                f"deliverables.template = {terms.template!r}: {terms.kind} goes into no form of the city's: leave it out"
            )
    return problems


def _cannot_be_printed(kind: PaperKind[Any], terms: DeliverableTerms) -> str:
    """What a paper is asked to say or to be that its kind cannot; blank where nothing is."""
    if unknown := [one for one in terms.formats if one not in kind.renderings]:
        return (
            f"deliverables.formats of {terms.kind} has {unknown[0]!r}: write {', '.join(kind.renderings)}, "
            "or fewer of them"
        )
    if (terms.sections or terms.service) and not is_figures(terms.kind):
        return f"deliverables.{'sections' if terms.sections else 'service'} of {terms.kind}: only a paper of figures has it: leave it out"
    for section in terms.sections:
        if section not in set(FigureSection):
            return f"deliverables.sections of {terms.kind} has {section!r}: write one of {', '.join(FigureSection)}"
        if terms.service and section in OF_ALL_SERVICES:
            return f"deliverables.sections of {terms.kind} has {section!r}, which is of all services: leave it or `service` out"
    return ""


def _found_contract() -> Path:
    beside = (Path(TERMS), Path(CONTRACTS.name) / SHIPPED.name)
    return next((one for one in beside if one.exists()), SHIPPED)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise ContractInvalid(
            f"There is no contract file {path}: name one with --config or MADOGUCHI_CONFIG."
        ) from None
    except OSError as error:
        raise ContractInvalid(
            f"{path} cannot be read ({error.strerror}): check its rights."
        ) from error
    except UnicodeDecodeError as error:
        raise ContractInvalid(
            f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ContractInvalid(f"{path} is not TOML: {error}. Mend that place.") from error


def _validated(
    model: type[_Model], values: Mapping[str, Any], prefix: str, problems: list[str]
) -> _Model | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems += [_problem(prefix, problem) for problem in error.errors()]
        return None


def _problem(prefix: str, problem: Any) -> str:
    """One line: key, value, remedy."""
    key = prefix + ".".join(str(part) for part in problem["loc"]) or "the file as a whole"
    value = problem["input"]
    match problem["type"]:
        case "missing":
            return f"{key} is missing: add it (contract.toml as shipped shows every key with a comment)"
        case "extra_forbidden":
            return (
                f"{key} = {value!r} is not a key that is known here: remove it or mend its spelling"
            )
        case "value_error":
            shown = f" = {value!r}" if isinstance(value, str) else ""
            return f"{key.removesuffix('.')}{shown}: {problem['ctx']['error']}"
        case _:
            shown = repr(value)
            shown = shown if len(shown) <= 60 else shown[:57] + "..."
            return f"{key} = {shown}: {problem['msg']}: write such a value"
