"""A copy of the log that somebody hands over: emptied or cut off it is never called right, and what is missing is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from compliance.ground.home import Home
from compliance.ground.operations import open_operations
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from tests.support.people import PASSPHRASE, found_home


@dataclass(frozen=True, slots=True)
class Handed:
    """A home with a log, and a copy of the log beside it."""

    home: Path
    copy: Path

    def found(self) -> None:
        home, at = Home.at(self.home), datetime(2026, 11, 1, tzinfo=UTC)
        home.create()
        found_home(open_operations(home.operations_url), home, at, date(2023, 11, 20), {})

    def enter(self, staff_id: str) -> None:
        words = ["people", "add", staff_id, "--role", "operator", "--starts", "2023-11-20"]
        at = ["--by", "pm1", "--home", str(self.home)]
        done = CliRunner().invoke(app, [*words, *at], input=f"{PASSPHRASE}\n架空 花子\n")
        assert done.exit_code == 0, done.output

    def held(self) -> str:
        words = ["audit", "checkpoint", "--home", str(self.home)]
        return CliRunner().invoke(app, words).stdout.strip()

    def verified(self, *words: str, home: Path | None = None) -> tuple[int, str]:
        at = ["--home", str(home or self.home)]
        done = CliRunner().invoke(app, ["audit", "verify", "--copy", str(self.copy), *at, *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done.exit_code, done.stdout


@pytest.fixture
def handed(tmp_path: Path) -> Handed:
    handed = Handed(tmp_path / "home", tmp_path / "copy")
    handed.found()
    handed.enter("op1")
    handed.enter("op2")
    shutil.copytree(handed.home / "audit", handed.copy)
    return handed


def cut_off_with_checkpoints(copy: Path) -> None:
    """The log as it was at its first checkpoint that has entries: nothing within shows that more came."""
    notes = sorted((copy / "checkpoints").glob("*.txt"))
    first = next(note for note in notes if int(note.stem) > 0)
    for note in notes:
        if note > first:
            note.unlink()
    lines = (copy / "log.jsonl").read_bytes().splitlines(keepends=True)
    (copy / "log.jsonl").write_bytes(b"".join(lines[: int(first.stem)]))


def emptied_with_checkpoints(copy: Path) -> None:
    (copy / "log.jsonl").write_bytes(b"")
    shutil.rmtree(copy / "checkpoints")


def emptied_with_all(copy: Path) -> None:
    emptied_with_checkpoints(copy)
    shutil.rmtree(copy / "keys")


def only_the_log(copy: Path) -> None:
    shutil.rmtree(copy / "keys")
    shutil.rmtree(copy / "checkpoints")


def the_file_instead(copy: Path) -> None:
    shutil.rmtree(copy)
    copy.write_bytes(b"")


def torn(copy: Path) -> None:
    with (copy / "log.jsonl").open("ab") as file:
        file.write(b'{"action":"right_')


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "emptied": (lambda copy: (copy / "log.jsonl").write_bytes(b""), "holds no whole entry"),
    "log removed": (lambda copy: (copy / "log.jsonl").unlink(), "holds no whole entry"),
    "emptied with its checkpoints": (emptied_with_checkpoints, "holds no whole entry"),
    "emptied with all": (emptied_with_all, "public keys that signed are missing"),
    "only the log": (only_the_log, "signed checkpoints are missing"),
    "an empty folder": (lambda copy: (shutil.rmtree(copy), copy.mkdir()), "holds no whole entry"),
    "nothing": (shutil.rmtree, "is no folder"),
    "the file instead of the folder": (the_file_instead, "is no folder"),
    "cut off within an entry": (torn, "the rest of it was cut off"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("is_at_home", [True, False])
def test_an_emptied_or_cut_off_copy_is_wrong_and_what_is_missing_is_said(
    handed: Handed, tmp_path: Path, name: str, is_at_home: bool
) -> None:
    harm, said = WRONG[name]
    harm(handed.copy)
    status, told = handed.verified(home=None if is_at_home else tmp_path / "no home")
    assert (status, said in told) == (ExitCode.HOME_DAMAGED, True), told
    assert "is what was written" not in told


def test_a_copy_cut_off_together_with_its_checkpoints_is_found_by_the_home_or_by_what_is_held(
    handed: Handed, tmp_path: Path
) -> None:
    held = handed.held()
    cut_off_with_checkpoints(handed.copy)
    for status, told in (
        handed.verified(),
        handed.verified("--held", held, home=tmp_path / "no home"),
    ):
        assert status == ExitCode.HOME_DAMAGED
        assert f"says that there were {held.split(':')[0]}" in told


def test_a_copy_that_nothing_was_compared_with_is_not_called_right(
    handed: Handed, tmp_path: Path
) -> None:
    cut_off_with_checkpoints(handed.copy)
    status, told = handed.verified(home=tmp_path / "no home")
    assert status == 0 and "--held" in told and "is what was written" not in told
    facts = json.loads(handed.verified("--json", home=tmp_path / "no home")[1])
    assert (facts["is_right"], facts["is_compared"], facts["problems"]) == (False, False, [])


def test_a_whole_copy_is_right_at_home_and_by_what_is_held(handed: Handed, tmp_path: Path) -> None:
    held = handed.held()
    for words, home in (((), None), (("--held", held), tmp_path / "no home")):
        status, told = handed.verified(*words, home=home)
        assert (status, "The log is what was written" in told) == (0, True), told


def test_a_copy_of_another_log_is_not_compared_with_this_home(
    handed: Handed, tmp_path: Path
) -> None:
    other = Handed(tmp_path / "other", handed.copy)
    other.found()
    for number in range(3):
        other.enter(f"op{number}")
    status, told = other.verified()
    assert status == 0 and "--held" in told
