"""`madoguchi verify`: checks certificates of erasure with nothing but their files; needs no home and no network.

Whoever checks a certificate did not write it: files are measured before they are read, and one that cannot be one is a finding.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.command.exit_codes import ExitCode
from orchestration.command.options import AsJson

if TYPE_CHECKING:
    from compliance.erasure.offline_findings import Verification

MOST_OF_A_CERTIFICATE, MOST_TOGETHER = 8_000_000, 100_000_000
"""Bytes. Of JSON becomes twenty times as much in memory, at worst; a list of 100,000 items and its certificate have 30 million."""


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
    from compliance.erasure.offline_findings import Level

    missing = [path for path in paths if not path.exists()]
    if missing:
        typer.echo(f"madoguchi: {missing[0]} is not there", err=True)
        raise typer.Exit(ExitCode.USAGE)
    verdict = _checked(paths, fingerprint, checkpoint or [], signer or [])
    typer.echo(_as_json(verdict) if json_ else _as_text(verdict))
    if verdict.level is Level.RED:
        raise typer.Exit(ExitCode.HOME_DAMAGED)


def _checked(
    paths: list[Path], fingerprint: str | None, checkpoints: list[str], signers: list[str]
) -> Verification:
    from compliance.erasure.offline import check, gather
    from compliance.erasure.offline_findings import Level, Verification

    refused = Verification()
    for artefact, what in _not_to_be_read(paths):
        refused.add(artefact, "size", Level.RED, what)
    if refused.findings:
        return refused
    try:
        return check(gather(paths), fingerprint, checkpoints, signers)
    except RecursionError:
        names = "、".join(path.name for path in paths)
        refused.add(
            names, "form", Level.RED, "入れ子が深すぎるJSONがあります。消去証明書ではありません。"
        )
        return refused


def _not_to_be_read(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """Files that cannot be part of a certificate, with what is wrong."""
    together = 0
    for path in paths:
        for one in path.rglob("*") if path.is_dir() else [path]:
            found = one.stat() if one.exists() else None
            if found is None or stat.S_ISDIR(found.st_mode):
                continue
            if not stat.S_ISREG(found.st_mode):
                yield one.name, "ふつうのファイルではありません。"
                continue
            together += found.st_size
            if one.suffix == ".json" and found.st_size > MOST_OF_A_CERTIFICATE:
                yield (
                    one.name,
                    f"{MOST_OF_A_CERTIFICATE:,}バイトを超えています。消去証明書ではありません。",
                )
    if together > MOST_TOGETHER:
        yield (
            "",
            f"全部で{MOST_TOGETHER:,}バイトを超えています。消去証明書のファイルだけを指定してください。",
        )


def _as_json(verdict: Verification) -> str:
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


def _as_text(verdict: Verification) -> str:
    from compliance.erasure.offline_findings import Level

    marks = {Level.GREEN: "ok   ", Level.YELLOW: "?    ", Level.RED: "WRONG"}
    lines = [f"{marks[f.level]}  {f.artefact}  [{f.check}]  {f.what}" for f in verdict.findings]
    told = {
        Level.GREEN: "すべて正しい。",
        Level.YELLOW: "誤りは見つからないが、まだ比べていないものがある。",
        Level.RED: "誤りがある。",
    }
    return "\n".join([*lines, told[verdict.level]])
