"""A home that others may write is refused before anything in it is read, with the command that mends it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.errors import HomeUnusable
from compliance.ground import home as home_module
from compliance.ground.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.at(tmp_path / "a home")
    made.create()
    return made


@pytest.fixture
def any_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_what_we_make_is_ours_alone_under_any_umask(
    tmp_path: Path, umask: int, any_umask: None
) -> None:
    os.umask(umask)
    made = Home.at(tmp_path / "home")
    made.create()
    (made.root / "vault" / "online" / "2024").mkdir(parents=True)
    made.create()
    for folder in (made.root, made.keys, made.outbox, made.audit, made.landing):
        assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
@pytest.mark.parametrize("which", ["root", "keys"])
def test_a_home_or_key_folder_that_others_may_write_is_refused_and_the_command_mends_it(
    home: Home, which: str, mode: int
) -> None:
    folder: Path = getattr(home, which)
    folder.chmod(mode)
    with pytest.raises(HomeUnusable, match="written by other accounts") as refused:
        home.create()
    command = str(refused.value).split("`")[1]
    assert command.startswith("chmod 0700" if which == "keys" else "chmod go-w")
    subprocess.run(command, shell=True, check=True)
    home.create()


def test_a_folder_within_that_others_reach_and_may_write_is_refused(home: Home) -> None:
    home.outbox.chmod(0o777)
    home.create()  # nobody else comes as far as that
    home.root.chmod(0o755)
    with pytest.raises(HomeUnusable, match="outbox"):
        home.create()


@pytest.mark.parametrize("name", ["outbox", "vault", "vault/online", "audit", "landing", "keys"])
def test_a_folder_that_is_a_link_out_of_the_home_is_refused(
    home: Home, tmp_path: Path, name: str
) -> None:
    folder, elsewhere = home.root / name, tmp_path / "elsewhere"
    if folder.is_dir():
        folder.rmdir()
    folder.parent.mkdir(exist_ok=True)
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    with pytest.raises(HomeUnusable, match="link out of the home") as refused:
        home.create()
    subprocess.run(str(refused.value).split("`")[1], shell=True, check=True)
    home.create()
    assert not list(elsewhere.iterdir())


def test_a_link_to_the_home_itself_or_within_it_is_none_out_of_it(
    home: Home, tmp_path: Path
) -> None:
    (home.root / "elsewhere").mkdir()
    home.outbox.rmdir()
    home.outbox.symlink_to(home.root / "elsewhere")
    (tmp_path / "link").symlink_to(home.root)
    Home.at(tmp_path / "link", home.keys).create()


@pytest.mark.parametrize("which", ["root", "keys"])
def test_a_folder_of_another_account_is_refused(
    home: Home, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder: Path = getattr(home, which)
    if os.geteuid() == 0:
        os.chown(folder, 4321, 4321)
    else:
        monkeypatch.setattr(home_module.os, "geteuid", lambda: 4321)
    with pytest.raises(HomeUnusable, match="another account"):
        home.create()
