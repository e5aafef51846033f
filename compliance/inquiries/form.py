"""The form of the record: categories, voices, stances, handlings, wards, age bands and channels as data, in the version in force."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from compliance.contract.folder import CONTRACTS, FORM, SHIPPED
from compliance.errors import ContractInvalid

DEFAULT = SHIPPED / FORM
OTHER = "other"
NOT_COUNTED = "none"
"""The root of what is no inquiry: wrong numbers, silence, sales (対象外)."""
TELEPHONE = "telephone"
"""The channel of what came by a call; a form that names channels names it among them."""


@dataclass(frozen=True, slots=True)
class Category:
    """A root with its items, titles by code, in the form's order."""

    code: str
    title: str
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """One version. `confirmed_on` is the day of the city's 確認, null until then."""

    version: int
    valid_from: date
    confirmed_on: date | None
    complaint_definition: str
    categories: Mapping[str, Category]
    voices: Mapping[str, str]
    stances: Mapping[str, str]
    handlings: Mapping[str, str]
    wards: Mapping[str, str]
    age_bands: Mapping[str, str]
    channels: Mapping[str, str]
    """By what an inquiry came; empty where only the telephone is there, and nobody is asked."""

    def channel_of(self, call_id: str, told: str) -> str:
        """The channel of a record: the telephone's where there is a call and the form has channels, else what was told."""
        return TELEPHONE if call_id and self.channels else told

    def title_of(self, category: str, item: str) -> str:
        """大区分／小区分 as papers print it."""
        root = self.categories[category]
        return f"{root.title}／{root.items[item]}"

    def title_of_code(self, code: str) -> str:
        """As `title_of`, of a code `大区分/小区分`; the code itself where this form has it no more."""
        category, _, item = code.partition("/")
        root = self.categories.get(category)
        return self.title_of(category, item) if root and item in root.items else code


def load_form(path: Path = DEFAULT) -> Form:
    """The form of a file as it is now: one that was edited is read again.

    Raises:
        ContractInvalid: the file cannot be read or lacks something.
    """
    try:
        now = path.stat()
    except OSError as error:
        raise _invalid(path, error) from error
    return _form(path, now.st_mtime_ns, now.st_size, now.st_ino)


@lru_cache(maxsize=8)
def _form(path: Path, changed_ns: int, size: int, inode: int) -> Form:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        categories = {
            one["code"]: Category(one["code"], one["title"], dict(one["items"]))
            for one in values["categories"]
        }
        return Form(
            version=values["version"],
            valid_from=values["valid_from"],
            confirmed_on=date.fromisoformat(values["confirmed_on"])
            if values["confirmed_on"]
            else None,
            complaint_definition=values["complaint_definition"],
            categories=categories,
            voices=dict(values["voices"]),
            stances=dict(values["stances"]),
            handlings=dict(values["handlings"]),
            wards=dict(values["wards"]),
            age_bands=dict(values["age_bands"]),
            channels=_channels(values.get("channels", {})),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _invalid(path, error) from error


def _invalid(path: Path, error: Exception) -> ContractInvalid:
    return ContractInvalid(
        f"{path.name}: {_told(error)}: compare it with {CONTRACTS.name}/{SHIPPED.name}/{FORM}"
    )


def _channels(values: Mapping[str, str]) -> dict[str, str]:
    if values and TELEPHONE not in values:
        raise KeyError(f"channels.{TELEPHONE}")
    return dict(values)


def _told(error: Exception) -> str:
    match error:
        case KeyError():
            return f"{error.args[0]} is missing"
        case OSError():
            return f"cannot be read ({error.strerror})"
        case tomllib.TOMLDecodeError():
            return f"is not TOML: {error}"
        case _:
            return f"cannot be used ({type(error).__name__})"
