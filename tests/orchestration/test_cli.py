"""The command's manners: one message, one status, nothing touched."""

from __future__ import annotations

import errno
import inspect
import subprocess
from pathlib import Path

import pytest

from compliance import errors
from orchestration import cli
from orchestration.command.exit_codes import KNOWN_ERRORS, ExitCode, exit_code_for
from tests.homes import HomeOnTrial


def command(home: HomeOnTrial, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        home.command(*words),
        env=home.environment(),
        cwd=home.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["run", "--nope"], 2, "No such option"),
        (["rnu"], 2, "No such command"),
        (["run", "--as-of", "2023-11-2x"], 2, "is not a time"),
        (["run", "--config", "nowhere.toml"], 4, "There is no contract file"),
        (["run", "--pbx", "nowhere", "--as-of", "2023-11-20"], 4, "is not a folder"),
        (["run", "--home", "a-file", "--as-of", "2023-11-20"], 4, "The home"),
        (["run", "--home", "ho'me", "--as-of", "2023-11-20"], 4, "as a pattern"),
        (["run", "--home", "home[1]", "--as-of", "2023-11-20"], 4, "as a pattern"),
        (["run", "--home", "/proc/madoguchi", "--as-of", "2023-11-20"], 4, "may write"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_message_and_its_own_status(
    new_home: HomeOnTrial, words: list[str], status: int, told: str
) -> None:
    (new_home.root / "a-file").write_text("x")
    before = {path.name for path in new_home.root.iterdir()}
    done = command(new_home, *words)
    assert done.returncode == status, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in new_home.root.iterdir()} == before


def test_a_database_that_does_not_answer_is_told_before_anything_lands(
    new_home: HomeOnTrial,
) -> None:
    environment = {
        **new_home.environment(),
        "MADOGUCHI_OPERATIONS_URL": "postgresql://x:secret@127.0.0.1:9/nothing",
    }
    done = subprocess.run(
        new_home.command("run", "--home", str(new_home.path), "--as-of", "2023-11-20"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == ExitCode.HOME_DAMAGED
    assert "secret" not in done.stderr
    assert list((new_home.path / "landing").iterdir()) == []


def test_settings_changes_nothing(new_home: HomeOnTrial) -> None:
    done = command(new_home, "settings", "--json", "--home", str(new_home.path))
    assert done.returncode == 0
    assert '"period": "2023-11-20 – 2024-02-29"' in done.stdout
    assert not new_home.path.exists()


def test_every_refusal_has_a_status_of_its_own() -> None:
    refusals = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.ComplianceError) and kind is not errors.ComplianceError
    ]
    assert len(refusals) >= 8
    assert all(exit_code_for(kind("x")) is not ExitCode.FAILED for kind in refusals)
    assert all(issubclass(kind, KNOWN_ERRORS) for kind in refusals)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_full_disk_or_a_lost_right_is_a_message(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken() -> None:
        raise OSError(number, "reason", str(tmp_path / "landing"))

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == ExitCode.FAILED
    told = capsys.readouterr().err
    assert told.startswith("madoguchi: reason at ")
    assert "takes up where it was cut off" in told


def test_an_error_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main()
