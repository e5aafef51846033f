"""`madoguchi verify`: checks certificates of erasure with nothing but their files; needs no home and no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from compliance.erasure.offline import Level, Verdict, check, gather
from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson

_MARKS = {Level.GREEN: "ok   ", Level.YELLOW: "?    ", Level.RED: "WRONG"}


def verify(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders with them.")],
    fingerprint: Annotated[
        str | None, typer.Option(help="Of the certificates' first key, from the paper in hand.")
    ] = None,
    checkpoint: Annotated[
        list[str] | None, typer.Option(help="A printed checkpoint (142:base64); again and again.")
    ] = None,
    signer: Annotated[
        list[str] | None,
        typer.Option(
            help="A person's key on the paper in hand (its fingerprint); again and again."
        ),
    ] = None,
    json_: AsJson = False,
) -> None:
    """Is a certificate of erasure what was signed, with its item list and its paper?"""
    missing = [path for path in paths if not path.exists()]
    if missing:
        typer.echo(f"madoguchi: {missing[0]} is not there", err=True)
        raise typer.Exit(ExitCode.USAGE)
    verdict = check(gather(paths), fingerprint, checkpoint or (), signer or ())
    typer.echo(_as_json(verdict) if json_ else _as_text(verdict))
    if verdict.level is Level.RED:
        raise typer.Exit(ExitCode.HOME_DAMAGED)


def _as_json(verdict: Verdict) -> str:
    return json.dumps(
        {
            "level": verdict.level.value,
            "fingerprints": verdict.fingerprints,
            "findings": [
                {"artefact": f.artefact, "check": f.check, "level": f.level.value, "what": f.what}
                for f in verdict.findings
            ],
        },
        ensure_ascii=False,
    )


def _as_text(verdict: Verdict) -> str:
    lines = [f"{_MARKS[f.level]}  {f.artefact}  [{f.check}]  {f.what}" for f in verdict.findings]
    told = {
        Level.GREEN: "すべて正しい。",
        Level.YELLOW: "誤りは見つからないが、まだ比べていないものがある。",
        Level.RED: "誤りがある。",
    }
    return "\n".join([*lines, told[verdict.level]])
