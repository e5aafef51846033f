"""The `madoguchi` command: reads words, opens the home, calls one use case, maps errors to statuses.

Every command takes `--config` and `--home`. Exit statuses are `exit_codes.ExitCode`. Messages go to
standard error, results to standard output; `--json` prints the result for a program.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compliance.errors import ClockRefused
from orchestration.command.backup import backup, restore
from orchestration.command.contracts import new, rehearse
from orchestration.command.exit_codes import (
    KNOWN_ERRORS,
    ExitCode,
    exit_code_for,
    is_beyond_us,
    is_server_lost,
)
from orchestration.command.late import late
from orchestration.command.lives import finish, run_home, tell_the_morning_of
from orchestration.command.options import AsJson, Config, HomeFolder, settings_of, without_override
from orchestration.command.terminal import progress
from orchestration.command.verify import verify

if TYPE_CHECKING:
    from application.home.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Madoguchi: a municipal call centre's calls, recordings and papers, accounted for.",
)

_BEYOND_US = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}
"""What a machine can do to any command: a full disk, a right taken away."""

GROUPS = {
    "audit": "The audit log: verify, show, sign, hand out.",
    "people": "People, their training, pledges and keys.",
    "vault": "Recordings in custody: how many, and are they whole.",
    "keys": "Secrets, their epochs and their registered copies.",
    "recordings": "Recordings: find, hear, hand out.",
    "erasure": "Certified erasure under the city's consent.",
    "clock": "The home's clock: is it right?",
    "inquiries": "What callers said: records of inquiries.",
    "registers": "What people keep by hand: one entry, one row, one register.",
    "papers": "Papers that were made, and what they hold.",
    "service": "The service: does it run, what is overdue, how much room is left.",
}
"""The groups of commands, each in the module of its name, with what it says of itself."""

for _group, _told in GROUPS.items():
    app.add_typer(late(f"orchestration.command.{_group}", _told), name=_group)
app.command(name="new")(new)
app.command(name="rehearse")(rehearse)
app.command(name="verify")(verify)
app.command(name="backup")(backup)
app.command(name="restore")(restore)

DEMO_HOME = Path("demo") / "home"
DEMO_CONTRACT = DEMO_HOME.with_name("home-contract")


@app.command()
def run(
    config: Config = None,
    home: HomeFolder = None,
    pbx: Annotated[
        Path | None,
        typer.Option(
            help="A folder of PBX files that takes the place of the configured one; read only."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="The moment to live up to, on a simulated clock (without a zone: Japanese time; "
            "a bare date: its end). Left out: the system clock.",
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Take in what the PBX wrote, build the warehouse, write the papers that are due."""
    moment = None if as_of is None else typed_moment(as_of)
    finish(run_home(settings_of(config, home, pbx), [moment], json_), json_)


@app.command()
def today(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """What the manager must know this morning: papers due and overdue, what the floor left open, which registers run out."""
    from application.home.session import outlook, present_of_simulated_home
    from application.today import brief_of, lines

    settings = settings_of(config, home)
    now = present_of_simulated_home(settings) or datetime.now(UTC)
    with outlook(settings, now) as place:
        brief = brief_of(place)
    if json_:
        typer.echo(json.dumps(asdict(brief), default=str, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines(brief)))


@app.command()
def demo(config: Config = None, home: HomeFolder = DEMO_HOME, json_: AsJson = False) -> None:
    """A simulated centre from its first day to its last paper, paper by paper, in ./demo/home."""
    from application.home.session import parse_as_of
    from simulation.demo import AS_OF, demo_contract, where_to_look
    from simulation.erasure import living_erasure
    from simulation.inquiries import complaints_known, living_inquiries
    from simulation.moments import moments
    from simulation.papers import living_papers
    from simulation.people import enter_people

    given = settings_of(config, home)
    settings = settings_of(demo_contract(given.config_path, given.home_root), home)
    without_override()
    enter_people(settings)
    end = parse_as_of(AS_OF)
    said = living_inquiries(
        settings, moments(settings, end, is_daily=False, has_complaints=complaints_known(settings))
    )
    lived = living_papers(settings, living_erasure(settings, said))
    journal = run_home(settings, lived, json_, end)
    tell_the_morning_of(settings, end)
    finish(journal, json_)
    if not json_:
        typer.echo(where_to_look(Path(settings.home_root).resolve()))


@app.command()
def simulate(
    as_of: Annotated[
        str,
        typer.Option("--as-of", help="The moment to live up to (a bare date: its end)."),
    ],
    config: Config = None,
    home: HomeFolder = None,
    json_: AsJson = False,
) -> None:
    """Live the contract through on a simulated PBX, day by day, each paper on its morning.

    The PBX's files are written beside the home, in its `<home>-pbx`, with the truth of every call.
    """
    from simulation.erasure import living_erasure
    from simulation.inquiries import complaints_known, living_inquiries
    from simulation.moments import moments
    from simulation.papers import living_papers
    from simulation.people import enter_people

    moment = typed_moment(as_of)
    without_override()
    settings = settings_of(config, home)
    enter_people(settings)
    said = living_inquiries(
        settings, moments(settings, moment, has_complaints=complaints_known(settings))
    )
    lived = living_papers(settings, living_erasure(settings, said))
    journal = run_home(settings, lived, json_, moment)
    tell_the_morning_of(settings, moment)
    finish(journal, json_)


@app.command()
def serve(
    config: Config = None,
    home: HomeFolder = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this machine with TLS and a permit.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    certificate: Annotated[
        Path | None, typer.Option(help="The certificate for TLS, a PEM file.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key, a PEM file.")] = None,
) -> None:
    """Open the desk and the Dagster UI behind one log-in, with Dagster's daemon, until Ctrl-C."""
    from orchestration.command.serve import serve_home
    from orchestration.gateway.service import Address

    settings = settings_of(config, home)
    export(settings)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")  # theirs, about their own command names
    serve_home(settings, Address(host, port, certificate, key))


@app.command()
def dev(
    config: Config = None,
    home: HomeFolder = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
    afternoon: Annotated[
        bool,
        typer.Option(
            "--afternoon",
            help="A working afternoon of invented people, made at the first time (a minute or two): calls come in, records "
            "wait to be written.",
        ),
    ] = False,
) -> None:
    """`serve` on this machine for a home: MADOGUCHI_HOME, else the demo's, else ./var."""
    if afternoon and home is None and "MADOGUCHI_HOME" not in os.environ:
        _serve_afternoon(config, port)
        return
    if home is None and "MADOGUCHI_HOME" not in os.environ and DEMO_HOME.is_dir():
        home = DEMO_HOME
    if config is None and home == DEMO_HOME and DEMO_CONTRACT.is_dir():
        config = DEMO_CONTRACT
    serve(config=config, home=home, host="127.0.0.1", port=port, certificate=None, key=None)


def _serve_afternoon(config: Path | None, port: int) -> None:
    """The demo's centre in the middle of its contract, its exchange writing."""
    from application.home.run_report import Journal
    from application.home.session import open_workplace, peek_clock
    from orchestration.command.serve import serve_home
    from orchestration.gateway.service import Address
    from simulation import afternoon
    from simulation.demo import demo_contract

    home = afternoon.home_beside(DEMO_HOME)
    without_override()
    given = settings_of(config, home)
    contract = demo_contract(given.config_path, given.home_root)
    settings = settings_of(contract, home)
    if not afternoon.is_ready(settings):
        typer.echo("madoguchi: the first time the days before are lived: a minute or two", err=True)
        clock = peek_clock(settings)
        if clock is None or clock[1] < afternoon.FROM:  # else it was cut off after that
            simulate(afternoon.EVENING.isoformat(), config=contract, home=home)
        with open_workplace(settings, as_of=afternoon.FROM, pbx=settings.pbx, journal=Journal()):
            pass  # its clock is at the afternoon's beginning from here on
        afternoon.prepare(settings)
    export(settings)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    here = Address("127.0.0.1", port, None, None)
    serve_home(settings, here, beside=lambda now: afternoon.living(settings, now))


@app.command()
def doctor(
    config: Config = None,
    pbx: Annotated[
        Path | None,
        typer.Option(help="A folder of PBX files that takes the place of the configured one."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Look as if it were then (default: now).")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Look at the exchange's database instead, as mariadb://user@host/database (also postgresql:, sqlite:); "
            "its password stands in <home>-keys/pbx-database.",
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Look at what a new site's PBX writes, and say what to set before going live. Changes nothing."""
    from orchestration.command import doctor_text
    from orchestration.command.doctor import examine

    moment = None if as_of is None else typed_moment(as_of)
    if database is not None:
        from orchestration.command import doctor_database

        if doctor_database.told(settings_of(config, None, pbx), database, moment, is_json=json_):
            raise typer.Exit(ExitCode.INPUT_REFUSED)
        return
    with progress(is_quiet=json_) as on_step:
        seen = examine(settings_of(config, None, pbx), moment, on_step)
    typer.echo(doctor_text.as_json(seen) if json_ else doctor_text.as_text(seen))
    if seen.needs_a_hand:
        raise typer.Exit(ExitCode.INPUT_REFUSED)


@app.command(name="settings")
def settings_(config: Config = None, home: HomeFolder = None, json_: AsJson = False) -> None:
    """Check the contract's folder and the environment, say what is in force, change nothing."""
    settings = settings_of(config, home)
    contract = settings.contract
    facts = {
        "config": str(settings.config_path),
        "form": str(contract.form_file),
        "home": str(settings.home_root),
        "keys": str(settings.keys_root),
        "pbx": str(settings.pbx.root),
        "period": f"{contract.period.start_date} – {contract.period.end_date}",
        "definitions": [f"{d.name}@{d.version}" for d in contract.definitions],
    }
    if json_:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in facts.items():
            typer.echo(f"{name:12} {', '.join(value) if isinstance(value, list) else value}")


def typed_moment(text: str) -> datetime:
    """The moment that somebody typed; a text that is none is a wrongly typed command."""
    from application.home.session import parse_as_of

    try:
        return parse_as_of(text)
    except ClockRefused as error:
        typer.echo(f"madoguchi: --as-of: {error}", err=True)
        raise typer.Exit(ExitCode.USAGE) from error


def export(settings: Settings) -> None:
    """Point everything that this process starts at the same contract and home."""
    os.environ["MADOGUCHI_CONFIG"] = str(Path(settings.config_path).resolve())
    os.environ["MADOGUCHI_HOME"] = str(Path(settings.home_root).resolve())
    os.environ["MADOGUCHI_KEYS"] = str(Path(settings.keys_root).resolve())
    if settings.backups_root is not None:
        os.environ["MADOGUCHI_BACKUPS"] = str(settings.backups_root.resolve())


def main() -> None:
    """Entry point of the console script. What it writes is for the service account alone."""
    os.umask(0o077)
    # imports make much that stays: a tenth of a run was looking through it
    gc.set_threshold(100_000, 20, 100)
    try:
        app()
    except KNOWN_ERRORS as error:
        typer.echo(f"madoguchi: {error}", err=True)
        sys.exit(exit_code_for(error))
    except OSError as error:
        if error.errno not in _BEYOND_US:
            raise
        place = f" at {error.filename}" if error.filename else ""
        typer.echo(
            f"madoguchi: {error.strerror}{place}: check rights and free space, then run the command "
            "again; it takes up where it was cut off.",
            err=True,
        )
        sys.exit(ExitCode.FAILED)
    except Exception as error:
        if is_server_lost(error):
            typer.echo(
                "madoguchi: PostgreSQL went away, or ended a connection: see that it runs, then run the command again; it takes "
                "up where it was cut off.",
                err=True,
            )
            sys.exit(ExitCode.FAILED)
        if not is_beyond_us(error):
            raise
        typer.echo(
            "madoguchi: a store cannot be written (the disk is full, or may only be read): check rights "
            "and free space, then run the command again; it takes up where it was cut off.",
            err=True,
        )
        sys.exit(ExitCode.FAILED)


if __name__ == "__main__":
    main()
