"""`madoguchi backup` and `madoguchi restore`: a second copy of the home, tried every month, and the way back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson, Config, HomeFolder

if TYPE_CHECKING:  # a command that is not asked for imports no store
    from application.restore import Restored


def backup(
    to: Annotated[
        Path, typer.Option("--to", help="The folder that backups lie in, on another medium.")
    ],
    drill: Annotated[
        bool,
        typer.Option(
            "--drill",
            help="Make none: restore the newest one there for trial, verify it, remove it.",
        ),
    ] = False,
    config: Config = None,
    home: HomeFolder = None,
    json_: AsJson = False,
) -> None:
    """Copy the living home, as it is sealed, into a folder of its own; the secrets and the warehouse are not in it."""
    from application.backup import backed_up, drilled
    from application.home.session import open_workplace, present_of_simulated_home, read_settings

    settings = read_settings(config, home)
    with open_workplace(settings, as_of=present_of_simulated_home(settings)) as workplace:
        if drill:
            tried = drilled(workplace, to)
        else:
            made = backed_up(workplace, to)
    if drill:
        facts = {"backup": tried.name, "is_right": tried.is_right, "problems": list(tried.problems)}
        lines = [f"WRONG  {one}" for one in tried.problems] or [f"{tried.name} can be lived from."]
        typer.echo(json.dumps(facts, ensure_ascii=False) if json_ else "\n".join(lines))
        if not tried.is_right:
            raise typer.Exit(ExitCode.HOME_DAMAGED)
        return
    manifest = made.manifest
    if json_:
        facts = {
            "backup": str(made.folder),
            "files": len(manifest.files),
            "bytes": manifest.size_bytes,
            "links": made.links,
            "audit_log": manifest.checkpoint.shown,
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    typer.echo(
        f"{made.folder}  {len(manifest.files)} files, {manifest.size_bytes:,} bytes, log {manifest.checkpoint.shown}"
    )
    typer.echo("\n".join(f"not in it: {one}" for one in manifest.left_out))
    if made.links:
        typer.echo(
            f"{made.links} of its files are second names of the home's own: when this disk is lost, both are. Copy the folder to "
            "another medium, or back up to one."
        )


def restore(
    folder: Annotated[Path, typer.Argument(help="One backup: a folder madoguchi-….")],
    config: Config = None,
    home: HomeFolder = None,
    known_log: Annotated[
        Path | None,
        typer.Option(
            help="The folder audit/ of the home that was, or a copy: what it knows later is told and kept."
        ),
    ] = None,
    keyrings: Annotated[
        Path | None,
        typer.Option(
            help="Where the present keyring lies, if an erasure took place since (default: beside the known log)."
        ),
    ] = None,
    fingerprint: Annotated[
        str | None,
        typer.Option(help="The first signing key's fingerprint, as it was handed over on paper."),
    ] = None,
    medium: Annotated[
        list[str] | None,
        typer.Option("--medium", help="Where a medium is mounted now: m-a=/mnt/a."),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Put a backup back as a home in a new folder, once everything of it is verified."""
    from application.home.session import read_settings
    from application.restore import RestoreOrder, restored
    from compliance.ground.home import Home

    settings = read_settings(config, home)
    places = dict(_place(text) for text in medium or [])
    order = RestoreOrder(
        folder, Home.at(settings.home_root, settings.keys_root), known_log, keyrings, fingerprint, places
    )  # fmt: skip
    found = restored(order, datetime.now(UTC))
    typer.echo(_as_json(found) if json_ else _as_text(found, order.home.root))
    if found.problems:
        raise typer.Exit(ExitCode.INPUT_REFUSED)


def _place(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not path:
        raise typer.BadParameter(
            f"{text!r} names no folder: write it as m-a=/mnt/a", param_hint="--medium"
        )
    return name, Path(path)


def _as_json(found: Restored) -> str:
    later = found.later
    return json.dumps(
        {
            "made_at": found.manifest.made_at.isoformat(),
            "age_hours": round(found.age.total_seconds() / 3600, 1),
            "files": len(found.manifest.files),
            "audit_log": found.manifest.checkpoint.shown,
            "later": None if later is None else dict(later.counts),
            "erased_since": found.erased,
            "words_erased_since": found.forgotten,
            "without_key": found.without_key,
            "recordings_opened": found.opened,
            "away": list(found.away),
            "problems": list(found.problems),
        },
        ensure_ascii=False,
    )


def _as_text(found: Restored, root: Path) -> str:
    manifest, later = found.manifest, found.later
    lines = [
        f"{root}: {len(manifest.files)} files of {manifest.made_at:%Y-%m-%dT%H:%MZ}, {found.age.days} days and "
        f"{found.age.seconds // 3600} hours ago; log {manifest.checkpoint.shown}",
    ]
    if later is None:
        lines.append(
            "No log was given to compare with (--known-log): what happened after that instant is not known here."
        )
    else:
        lines.append(
            f"The log known elsewhere goes on for {later.total} acts that the other stores do not hold:"
        )
        lines += [f"  {action:<24} {count}" for action, count in later.counts.items()]
    lines += [
        f"{found.erased} recordings that were erased since are erased here, too; so are the words of {found.forgotten} records.",
        f"{found.opened} recordings at hand were opened.",
        *(f"WRONG  {one}" for one in found.problems),
        *(f"not where it was: {one}" for one in found.away),
        "The warehouse is not in a backup: the next `madoguchi run` derives it.",
    ]
    return "\n".join(lines)
