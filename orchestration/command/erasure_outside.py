"""What of an erasure lies outside the home: returning recordings, the city's receipt, devices that somebody erases (別紙2-13)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from application import erasure as duty
from application.home.session import read_settings
from application.people import acting_home
from compliance.erasure.external import Device, DeviceKind, devices, enter_device
from compliance.erasure.items import root
from compliance.erasure.returning import record_receipt
from compliance.erasure.selection import Selected, Selection
from compliance.errors import EntryRefused
from compliance.people.orders import Ordered
from compliance.people.rights import Right
from orchestration.command.acting import acting
from orchestration.command.options import By, Config, HomeFolder, passphrase

Evidence = Annotated[Path, typer.Option(help="The file that shows it; its SHA-256 is kept.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run/--go", help="Only show what would be done (default).")
]


def return_(
    to: Annotated[Path, typer.Argument(help="A folder on the medium that goes to the city.")],
    first: Annotated[str | None, typer.Option("--from", help="First day of recording.")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day of recording.")] = None,
    kind: Annotated[str, typer.Option(help="Only `call` or `message`.")] = "",
    recording: Annotated[
        list[str] | None, typer.Option(help="Only this one (again and again).")
    ] = None,
    dry_run: DryRun = True,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Give recordings back to the city: one encrypted archive, its list, and the paper with the receipt."""
    selection = Selection(
        first_day=day(first) if first else None,
        last_day=day(last) if last else None,
        kind=kind,
        ids=tuple(recording or ()),
        is_contract_end=True,
    )
    with acting_home(read_settings(config, home)) as place:
        if dry_run:
            typer.echo(counts(duty.returnable_now(place, selection)))
            return
        found = duty.returnable_now(place, selection).chosen
        over = {"count": len(found), "root": root([one.object_id.encode() for one in found]).hex()}
        actor = place.by_order(
            by, passphrase, Right.EXPORT_RECORDING, Ordered.RECORDINGS_RETURN, "return", over
        )
        with place.held():
            made, password, path = duty.returned(place, actor, selection, to.absolute())
    typer.echo(f"{made.number}  {made.items_count:,} items  {path}")
    typer.echo(f"password (shown once, goes apart): {password}")


def received(
    number: Annotated[str, typer.Argument(help="The return's number, R-0001.")],
    dated_on: Annotated[str, typer.Option("--dated", help="The day of the receipt.")],
    received_by: Annotated[
        str, typer.Option("--from-office", help="The office that received it; no person's name.")
    ],
    evidence: Evidence,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Record the city's receipt of a return (預り証)."""
    with acting(config, home, by, Right.EXPORT_RECORDING) as (place, actor):
        record_receipt(place.engine, actor, number, day(dated_on), received_by, digest(evidence))
    typer.echo(f"{number} is received.")


def device(
    serial: Annotated[str, typer.Argument(help="Its serial number.")],
    name: Annotated[str, typer.Option(help="What it is called.")],
    kind: Annotated[DeviceKind, typer.Option(help="What it is.")] = DeviceKind.OTHER,
    done_on: Annotated[str | None, typer.Option("--done", help="The day it was erased.")] = None,
    software: Annotated[str, typer.Option(help="With what it was erased.")] = "",
    evidence: Annotated[Path | None, typer.Option(help="The file that shows it.")] = None,
    by: By = None,
    config: Config = None,
    home: HomeFolder = None,
) -> None:
    """Enter a device outside our reach (the recorder's disk, a server's) that must be erased, or that it was."""
    given = Device(
        serial,
        kind,
        name,
        software,
        day(done_on) if done_on else None,
        digest(evidence) if evidence else "",
    )
    with acting(config, home, by, Right.EXECUTE_ERASURE) as (place, actor):
        enter_device(place.engine, actor, given)
        for one in devices(place.engine):
            typer.echo(
                f"{one.serial:<20} {one.kind.title_ja}  {one.device}  {one.done_on or '未了'}"
            )


def counts(found: Selected) -> str:
    """What a selection found, in a line."""
    size = sum(one.size for one in found.chosen)
    return (
        f"対象 {len(found.chosen):,}件（{size:,} bytes）　保存日数内 {found.too_young:,}　"
        f"手元にあり {found.at_hand:,}　保全中 {found.held:,}"
    )


def day(text: str) -> date:
    """A day as typed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise EntryRefused(f"{text} is no day: write it as 2024-01-25.") from None


def digest(path: Path) -> str:
    """The SHA-256 of a file that shows something, in hexadecimal."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise EntryRefused(f"The evidence {path} cannot be read ({error.strerror}).") from None


COMMANDS: Mapping[str, Callable[..., None]] = {
    "return": return_,
    "received": received,
    "device": device,
}
