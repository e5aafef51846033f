"""The section `[pbx]` of `contract.toml`: where the PBX writes, and what its names mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from telephony_ingest.landing.scanners import DatabaseAddress, Engine, is_loopback


class PbxSection(BaseModel):
    """A table of the contract file: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def time_zone_name(value: str) -> str:
    """The IANA name of a time zone.

    Raises:
        ValueError: it is none.
    """
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone: write its IANA name, as Asia/Tokyo") from None
    return value


class Sources(PbxSection):
    """Glob patterns below the PBX's root, one per kind of source; blank where the site has none."""

    queue_log: str = "queue_log*"
    cdr_custom: str = "cdr-custom/*.csv*"
    cdr_classic: str = "cdr-csv/Master.csv*"
    cel: str = "cel-custom/*.csv*"
    recordings: str = "recordings/*.*"
    voicemail: str = "voicemail/*/*/*/msg*.txt"

    @field_validator("*")
    @classmethod
    def _below_the_root(cls, value: str) -> str:
        if value.startswith("/") or ".." in Path(value).parts:
            raise ValueError(
                "must be a pattern below [pbx] root: write it without a leading / or .."
            )
        return value

    @property
    def messages(self) -> str:
        """The pattern of messages in whatever folder of their mailbox: one that names `INBOX` alone means them all, since
        `app_voicemail` moves a message to `Old` once it was heard, or to where the listener wants it."""
        parts = PurePosixPath(self.voicemail).parts
        if len(parts) > 1 and parts[-2] == "INBOX":
            return PurePosixPath(*parts[:-2], "*", parts[-1]).as_posix()
        return self.voicemail


class Columns(PbxSection):
    """Column orders of CSV logs, by source, where they are not recognised; blank: by shape."""

    cdr_custom: tuple[str, ...] = ()
    cdr_classic: tuple[str, ...] = ()
    cel: tuple[str, ...] = ()

    @field_validator("*")
    @classmethod
    def _has_what_identifies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value and "uniqueid" not in {name.lower() for name in value}:
            raise ValueError(
                "names no column uniqueid: write every column of the file in its order"
            )
        return value


class TimeZones(PbxSection):
    """Time zones of sources that do not write in `[pbx] time_zone`; blank: as that."""

    cdr_custom: str = ""
    cdr_classic: str = ""
    cel: str = ""

    @field_validator("*")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        return value and time_zone_name(value)


class Said(StrEnum):
    """What a word in queue_log can mean that the dialplan wrote there itself (`QueueLog()`)."""

    FULL = "queue_full"
    CLOSED = "after_hours"
    NO_STAFF = "no_staff"


QUEUE_LOG_WORDS: Mapping[str, Said] = {
    "FULL": Said.FULL,
    "JOINFULL": Said.FULL,
    "CLOSED": Said.CLOSED,
    "AFTERHOURS": Said.CLOSED,
    "HOLIDAY": Said.CLOSED,
    "JOINEMPTY": Said.NO_STAFF,
    "JOINUNAVAIL": Said.NO_STAFF,
    "LEAVEEMPTY": Said.NO_STAFF,
    "LEAVEUNAVAIL": Said.NO_STAFF,
}
"""What sites log where `Queue()` took a caller not in: above all its own `QUEUESTATUS`."""


class Dialplan(PbxSection):
    """What contexts, prefixes and words mean; the defaults are those of the reference dialplan."""

    trunk_prefixes: tuple[str, ...] = ("PJSIP/trunk",)
    outbound_prefix: str = "9"
    inbound_entry: tuple[str, ...] = ("from-trunk",)
    lines_busy: tuple[str, ...] = ("overflow",)
    after_hours: tuple[str, ...] = ("closed",)
    menu: tuple[str, ...] = ("ivr", "hours")
    queue_exit: tuple[str, ...] = ("queue-exit",)
    ring_groups: tuple[str, ...] = ()
    internal: tuple[str, ...] = ("internal",)
    queues: dict[str, str] = Field(default_factory=lambda: {"q-survey": "survey"})
    queue_log: dict[str, Said] = Field(default_factory=lambda: dict(QUEUE_LOG_WORDS))

    def rows(self) -> tuple[tuple[str, str, str | None], ...]:
        """(context, meaning, queue) for every context that the site names; a word of queue_log has a meaning that begins
        with `said_`."""
        plain = (
            ("inbound_entry", self.inbound_entry),
            ("lines_busy", self.lines_busy),
            ("after_hours", self.after_hours),
            ("menu", self.menu),
            ("queue_exit", self.queue_exit),
            ("ring_group", self.ring_groups),
            ("internal", self.internal),
        )
        found: list[tuple[str, str, str | None]] = [
            (context, meaning, None) for meaning, contexts in plain for context in contexts
        ]
        found += ((context, "queue", queue) for context, queue in self.queues.items())
        return (*found, *((word, f"said_{means}", None) for word, means in self.queue_log.items()))


class PbxDatabase(PbxSection):
    """`[pbx.database]`: the tables into which the exchange writes; a kind whose table is blank is not read from there.

    `database` is its name, or for SQLite the file's path, from `[pbx] root` where it is relative. The password lies in
    `<home>-keys/pbx-database`; `permit` is the target under which the city's 許可 for the connection is registered.
    """

    engine: Engine
    database: str = Field(min_length=1)
    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$")
    port: int = Field(default=0, ge=0, le=65535)
    user: str = ""
    ca_file: str = ""
    permit: str = ""
    time_zone: str = ""
    overlap_hours: float = Field(default=24, gt=0, le=24 * 31)
    cdr: str = ""
    cel: str = ""
    queue_log: str = ""

    @field_validator("cdr", "cel", "queue_log")
    @classmethod
    def _is_a_table(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9_$]+(\.[A-Za-z0-9_$]+)?", value):
            raise ValueError(
                "is no name of a table: write it as cdr, or with its schema as public.cdr"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        return value and time_zone_name(value)

    @model_validator(mode="after")
    def _may_be_reached(self) -> Self:
        if not self.address(Path()).is_here and not self.permit:
            raise ValueError(
                "the database is not on this machine: write permit, the target under which the city's permit (許可) is registered"
            )
        return self

    @property
    def is_below_root(self) -> bool:
        """Whether it is a file that lies among the exchange's."""
        return self.engine is Engine.SQLITE and not Path(self.database).is_absolute()

    def table_of(self, kind: str) -> str:
        """The table of a kind of log; blank where there is none."""
        return {"cdr": self.cdr, "cel": self.cel, "queue_log": self.queue_log}.get(kind, "")

    def address(self, root: Path) -> DatabaseAddress:
        """Where it is; a SQLite file lies below `root` where its path is relative."""
        is_file = self.engine is Engine.SQLITE
        place = str(root / self.database) if is_file else self.database
        return DatabaseAddress(self.engine, place, self.host, self.port, self.user, self.ca_file)


class PbxAmi(PbxSection):
    """`[pbx.ami]`: the exchange's manager interface, to which the board listens. `port` 0: the usual one, 5038 or under TLS 5039.

    The secret lies in `<home>-keys/pbx-ami`; `permit` is the target under which the city's 許可 for the connection is registered.
    """

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$")
    port: int = Field(default=0, ge=0, le=65535)
    user: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$")
    tls: bool = False
    ca_file: str = ""
    permit: str = ""

    @model_validator(mode="after")
    def _may_be_listened_to(self) -> Self:
        if not self.is_here and not self.permit:
            raise ValueError(
                "the exchange is another machine: write permit, the target under which the city's permit (許可) is registered"
            )
        if not self.is_here and not self.tls:
            raise ValueError(
                "the exchange is another machine: write tls = true, and switch TLS on in its manager.conf"
            )
        return self

    @property
    def is_here(self) -> bool:
        """Whether nothing leaves this machine."""
        return is_loopback(self.host)

    @property
    def usual_port(self) -> int:
        """The port, the usual one where none is written."""
        return self.port or (5039 if self.tls else 5038)


class PbxSettings(PbxSection):
    """Everything that reading one PBX needs to know."""

    root: Path = Path()
    time_zone: str = "Asia/Tokyo"
    chunk_bytes: int = Field(default=32 << 20, ge=4096)
    settle_seconds: int = Field(default=30, ge=0)
    audible_peak: float = Field(default=0.003, gt=0, lt=1)
    remove_after_seal: bool = False
    sources: Sources = Sources()
    columns: Columns = Columns()
    time_zones: TimeZones = TimeZones()
    dialplan: Dialplan = Dialplan()
    database: PbxDatabase | None = None
    ami: PbxAmi | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, value: str) -> str:
        return time_zone_name(value)

    @field_validator("root", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return Path() if value == "" else value

    def at(self, folder: Path) -> Self:
        """The same PBX with its files in another folder, which is only read: what lies elsewhere is none of that folder's."""
        database = self.database if self.database and self.database.is_below_root else None
        return self.model_copy(
            update={
                "root": Path(folder),
                "remove_after_seal": False,
                "database": database,
                "ami": None,
            }
        )
