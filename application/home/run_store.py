"""Where Dagster keeps its runs, events and schedules: SQLite in the home, or PostgreSQL where the place says so.

The address stands in the environment alone: no file of the home, no message and no log shows its password. A server on another
machine takes the city's 許可 (別紙1-5(1)) and TLS that proves who it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from application.errors import RunStoreUnavailable, Unusable
from compliance.errors import NotAllowed
from telephony_ingest.landing.scanners import is_loopback

if TYPE_CHECKING:  # settings are read by commands that open no store
    from sqlalchemy import URL

    from application.home.session import Outlook
    from compliance.registers.entries import KeptEntry

DAGSTER_URL = "MADOGUCHI_DAGSTER_URL"
"""Environment variable: the address of that database; SQLite in the home where nothing is said."""
_CONNECTS_WITHIN = "5"
_WAITS_FOR_ANOTHER = 60
_LOCK = 0x6D61646F
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+|/[A-Za-z0-9._/-]*")
_SAYS_MORE = {"host", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "connect_timeout"}
_PROVES_ITSELF = ("verify-full", "verify-ca")


def run_store_of(environment: Mapping[str, str]) -> URL | None:
    """The address, whole; null where all lies in the home.

    Raises:
        Unusable: it is none of PostgreSQL, names no host, or asks a server elsewhere for no proof. What it says is not shown.

    >>> run_store_of({}) is None
    True
    >>> run_store_of({DAGSTER_URL: "postgresql://dagster:secret@db.example/runs"}).query["sslmode"]
    'verify-full'
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    said = environment.get(DAGSTER_URL)
    if not said:
        return None
    try:
        url = make_url(said)
    except (SQLAlchemyError, ValueError):
        raise Unusable(_NO_ADDRESS) from None
    host = url.host or url.query.get("host")
    if (
        url.drivername.partition("+")[0] not in {"postgresql", "postgres"}
        or not isinstance(host, str)
        or not _HOST.fullmatch(host)
        or not url.database
        or not url.query.keys() <= _SAYS_MORE
        or ("host" in url.query and url.host)
    ):
        raise Unusable(_NO_ADDRESS)
    given = {"connect_timeout": _CONNECTS_WITHIN, "hostaddr": ""}  # what libpq's environment says
    if machine_of(url):
        given["sslmode"] = _PROVES_ITSELF[0]
        if url.query.get("sslmode", given["sslmode"]) not in _PROVES_ITSELF:
            raise Unusable(
                f"{DAGSTER_URL} names a server on another machine without proof that it is the one: write "
                f"sslmode={' or '.join(_PROVES_ITSELF)}, or leave it out for the first."
            )
    return url.set(drivername="postgresql", query={**given, **url.query})


_NO_ADDRESS = (
    f"{DAGSTER_URL} is no address of PostgreSQL: write it as postgresql://user:password@host:5432/name (signs of the password "
    f"that an address has itself as %40 and the like; behind it ? with {', '.join(sorted(_SAYS_MORE))}), or leave it out for SQLite in the home."
)


def machine_of(url: URL) -> str:
    """The other machine that the database lies on, as a permit names it; blank where nothing leaves this one.

    >>> from sqlalchemy.engine import make_url
    >>> machine_of(make_url("postgresql://u@127.0.0.1/d")), machine_of(make_url("postgresql://u@/d?host=/run/postgresql"))
    ('', '')
    >>> machine_of(make_url("postgresql://u@db.example/d"))
    'db.example'
    """
    host = str(url.host or url.query.get("host", ""))
    return "" if host.startswith("/") or is_loopback(host) else host


def require_store_permitted(url: URL | None, permits: Sequence[KeptEntry], today: date) -> None:
    """Refuse a server on another machine that no permit in force names.

    Raises:
        NotAllowed: none does; what to do is said.
    """
    from compliance.registers.standing import Lacking, permit

    machine = machine_of(url) if url is not None else ""
    if machine and isinstance(found := permit(permits, "network", machine, today), Lacking):
        raise NotAllowed(found.text_ja)


def require_runs_kept(place: Outlook) -> None:
    """See that Dagster's database may be used and can be had, before anything is done.

    Raises:
        NotAllowed: it is on another machine, and no permit in force names that.
        RunStoreUnavailable: it cannot be had.
    """
    from compliance.ground.japan import civil_date
    from compliance.registers.entries import entries
    from compliance.registers.handling import PERMITS

    if (url := place.settings.run_store) is not None:
        require_store_permitted(url, entries(place.engine, PERMITS), civil_date(place.now))
        require_run_store(url)


def require_run_store(url: URL | None) -> None:
    """See that Dagster's database can be had.

    Raises:
        RunStoreUnavailable: it cannot, and what to do about it.
    """
    for name, what in missing_of_run_store(url).items():
        raise RunStoreUnavailable(f"{name} {what}.")


def missing_of_run_store(url: URL | None) -> dict[str, str]:
    """What Dagster's database lacks, by its name, and what to do about it, one line each."""
    if url is None:
        return {}
    if find_spec("dagster_postgres") is None:
        return {
            "dagster-postgres": "is not here: install what requirements-postgres.lock names into this environment"
        }
    try:
        with _connected(url):
            return {}
    except RunStoreUnavailable as error:
        return {_place(url): str(error).removeprefix(f"{_place(url)} ").removesuffix(".")}


@contextmanager
def only_opener(url: URL) -> Iterator[None]:
    """Be the only process, of whichever machine, that opens this database, so that its tables are made once.

    Raises:
        RunStoreUnavailable: it cannot be had, or another process has been at it for a minute.
    """
    import psycopg

    with _connected(url) as connection:
        try:
            connection.execute(f"set lock_timeout = '{_WAITS_FOR_ANOTHER}s'")
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        except psycopg.Error as error:
            raise RunStoreUnavailable(
                f"{_place(url)} is being opened by another process, or broke off ({type(error).__name__}): run the command again."
            ) from None
        yield


@contextmanager
def _connected(url: URL) -> Iterator[Any]:
    import psycopg

    try:
        connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
    except psycopg.Error as error:
        raise RunStoreUnavailable(f"{_place(url)} {_why(url, str(error))}.") from None
    try:
        yield connection
    finally:
        connection.close()


def _why(url: URL, said: str) -> str:
    """What is wrong, from what the server said, in English or Japanese; of that nothing is passed on."""
    said = re.sub(r'"[^"]*"', "", said)  # names that somebody chose
    if "FATAL" not in said:
        return "does not answer: see that it runs, can be reached from here, and proves who it is where it lies elsewhere"
    if any(word in said for word in ("authentication", "認証", "pg_hba", "role", "ロール")):
        return f"does not let this account in: check user and password in {DAGSTER_URL}"
    if "database" in said or "データベース" in said:
        return f"has no database {url.database} that may be opened: create it (createdb), or mend {DAGSTER_URL}"
    return "lets nobody in just now: see what its log says"


def _place(url: URL) -> str:
    host = url.host or url.query.get("host")
    return f"PostgreSQL at {host}:{url.port or 5432}"
