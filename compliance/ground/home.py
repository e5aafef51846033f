"""Where everything of one contract lies: every path under `MADOGUCHI_HOME`, by its one name.

Nobody else joins path segments of a home. The key folder lies outside, so that a copy of the home
opens nothing. Both belong to the account that works with them: whoever else may write there may put a file, a key or a
link in place of ours, so such a folder is refused before anything in it is read.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import HomeUnusable

_PATTERN_CHARACTERS = frozenset("'*?[]")


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one contract. `root` is the home, `keys` the folder of secrets beside it."""

    root: Path
    keys: Path

    @staticmethod
    def at(root: Path, keys: Path | None = None) -> Home:
        """A home by its folder; the keys lie in `<home>-keys` unless said otherwise."""
        root = Path(root).absolute()
        return Home(root, Path(keys).absolute() if keys else root.with_name(root.name + "-keys"))

    @property
    def landing(self) -> Path:
        """Every source row once, as Parquet, one folder per kind."""
        return self.root / "landing"

    @property
    def rejects(self) -> Path:
        """Places of lines that could not be read."""
        return self.landing / "rejects"

    @property
    def reference(self) -> Path:
        """The contract as tables."""
        return self.root / "reference"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt builds."""
        return self.root / "warehouse.duckdb"

    @property
    def spark(self) -> Path:
        """The tables of Apache Spark, where it builds the warehouse, and what it needs to find them."""
        return self.root / "spark"

    @property
    def build_state(self) -> Path:
        """What the warehouse was derived from."""
        return self.root / "warehouse.json"

    @property
    def landed(self) -> Path:
        """What each landing file holds by day (a cache)."""
        return self.root / "landed.json"

    @property
    def operations_database(self) -> Path:
        """The SQLite file behind the default operations URL."""
        return self.root / "operations.db"

    @property
    def operations_url(self) -> str:
        """SQLAlchemy URL of the default operations database."""
        return f"sqlite:///{self.operations_database}"

    @property
    def published(self) -> Path:
        """Read-only extracts for the desk."""
        return self.root / "published"

    @property
    def outbox(self) -> Path:
        """Papers, `<kind>/<period>/`."""
        return self.root / "outbox"

    @property
    def keyrings(self) -> Path:
        """Wrapped keys, one file per epoch; nothing opens without the secrets in `keys`."""
        return self.root / "keys"

    @property
    def vault_online(self) -> Path:
        """Sealed recordings at hand."""
        return self.root / "vault" / "online"

    @property
    def audit(self) -> Path:
        """The audit log, its checkpoints and the public keys that signed them."""
        return self.root / "audit"

    @property
    def floor(self) -> Path:
        """What callers said, as codes, for the SQL models."""
        return self.root / "floor"

    @property
    def heard(self) -> Path:
        """What the exchange told of its channels while it happened, a file per connection, until it has landed."""
        return self.root / "heard"

    @property
    def erasure(self) -> Path:
        """The public keys that signed certificates of erasure."""
        return self.root / "erasure"

    @property
    def destinations(self) -> Path:
        """Passwords and private keys of destinations, one file each, outside the home."""
        return self.keys / "destinations"

    @property
    def pbx_database(self) -> Path:
        """The password of the account that reads the exchange's tables, outside the home."""
        return self.keys / "pbx-database"

    @property
    def pbx_ami(self) -> Path:
        """The secret of the account that listens to the exchange's manager interface, outside the home."""
        return self.keys / "pbx-ami"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.root / "dagster"

    @property
    def logs(self) -> Path:
        """Working files and logs."""
        return self.root / "logs"

    @property
    def quality(self) -> Path:
        """Data Docs of the quality suites."""
        return self.root / "quality"

    @property
    def service_lock_file(self) -> Path:
        """The file whose `flock` says that a service answers for this home."""
        return self.root / ".service"

    @property
    def lock_file(self) -> Path:
        """The file whose `flock` is the run lock."""
        return self.root / ".lock"

    def create(self) -> None:
        """Make the folders, readable by the service account alone; safe to repeat.

        Raises:
            HomeUnusable: one of them cannot be made or written, its name would be read as a pattern, or as `guard` says.
        """
        if odd := sorted(set(str(self.root)) & _PATTERN_CHARACTERS):
            raise HomeUnusable(
                f"The home {self.root} cannot be used: {' '.join(odd)} in its path would be read as a "
                "pattern by the database. Name another folder with --home or MADOGUCHI_HOME."
            )
        for folder in (
            self.root,
            self.keys,
            self.landing,
            self.reference,
            self.outbox,
            self.audit,
            self.dagster,
            self.logs,
            self.quality,
        ):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise HomeUnusable(
                    f"The home {self.root} cannot be used ({error.strerror}: {folder}): name a folder that "
                    "this account may write, with --home or MADOGUCHI_HOME."
                ) from error
        self.guard()

    def guard(self, *within: Path) -> None:
        """Look at the folders that are there: ours, or root's, and nobody else's to write; those in the home lie in the
        home. `within` are further ones that shall.

        Raises:
            HomeUnusable: one is not; the message is the command that mends it.
        """
        if wrong := next(self._unguarded(within), None):
            raise HomeUnusable(wrong)

    def _unguarded(self, within: tuple[Path, ...]) -> Iterator[str]:
        yield from _writable_by_others(self.root, "The home", "chmod go-w")
        yield from _writable_by_others(self.keys, "The folder of keys", "chmod 0700")
        real = self.root.resolve()
        is_closed = self.root.is_dir() and not self.root.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH)  # fmt: skip
        for folder in (
            self.landing, self.reference, self.published, self.outbox, self.keyrings, self.vault_online.parent,
            self.vault_online, self.audit, self.floor, self.erasure, self.dagster, self.logs, self.quality, self.spark, *within,
        ):  # fmt: skip
            if not folder.resolve().is_relative_to(real):
                yield (
                    f"{folder} is a link out of the home, to {folder.resolve()}: what is written there would lie where "
                    f"nobody guards it. Remove the link (`rm {_quoted(folder)}`) and put the folder itself in its place, by a "
                    "mount where it must lie on another disk."
                )
            elif not is_closed:
                yield from _writable_by_others(folder, "The folder", "chmod go-w")


def _writable_by_others(folder: Path, what: str, mending: str) -> Iterator[str]:
    """What is wrong with a folder's owner and mode; nothing where it is not there."""
    if not folder.exists():
        return
    found = folder.stat()
    if found.st_uid not in (os.geteuid(), 0):
        yield (
            f"{what} {folder} belongs to another account: run `chown -R $(id -un) {_quoted(folder)}` as root, or work as "
            "the account that it belongs to."
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield (
            f"{what} {folder} may be written by other accounts: run `{mending} {_quoted(folder)}`, and look whether "
            "somebody did (`madoguchi audit verify`)."
        )


def _quoted(folder: Path) -> str:
    return shlex.quote(str(folder))
