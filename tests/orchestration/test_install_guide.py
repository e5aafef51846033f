"""The guide's own words, without a server: which commands it has typed, in whose name, and what its Japanese calls things."""

from __future__ import annotations

import re

import pytest

from tests.homes import ROOT
from tests.support.guide import Typed, in_passing, steps

GUIDE = (ROOT / "docs" / "install.md").read_text("utf-8")
JAPANESE = {
    "docs/install.md": GUIDE.partition("## 日本語")[2],
    "README.ja.md": (ROOT / "README.ja.md").read_text("utf-8"),
}
UNITS = {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}


def test_commands_and_files_are_read_in_their_order_with_the_place_of_a_file() -> None:
    page = (
        "Before.\n## 1. First\n```\nmake one   a remark\nmake two\n```\n`/etc/a.conf`; then `x`:\n\n```ini\n[A]\nb=\n```\n"
        "See `people list`, `make three` or `madoguchi run …`; not `--by`, `/srv`.\n## 2. Second\n```\nrm it\n```\n"
    )
    assert steps(page) == [
        Typed("1. First", "make one"),
        Typed("1. First", "make two"),
        Typed("1. First", "/etc/a.conf", "[A]\nb=\n"),
        Typed("2. Second", "rm it"),
    ]
    assert in_passing(page) == ["madoguchi people list", "madoguchi run", "make three"]


def test_the_manager_has_a_key_before_the_page_of_fingerprints_and_the_first_paper() -> None:
    lines = [one.line for one in steps(GUIDE)]
    starts = (
        "madoguchi people found", "madoguchi people add mg1", "madoguchi people confirm P-0001", "madoguchi people enrol mg1",
        "madoguchi people confirm P-0002", "madoguchi people claim mg1", "madoguchi audit handover", "madoguchi papers confirm",
    )  # fmt: skip
    places = [next((n for n, line in enumerate(lines) if line.startswith(one)), -1) for one in starts]  # fmt: skip
    assert -1 not in places and places == sorted(places)


def test_a_program_that_hands_itself_over_takes_the_accounts_groups_with_it() -> None:
    pages = [*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "README.ja.md"]
    calls = [one for page in pages for one in in_passing(page.read_text("utf-8")) if one.startswith("setpriv")]  # fmt: skip
    assert calls
    for call in calls:
        assert call.startswith("setpriv --reuid=madoguchi --regid=madoguchi --init-groups "), call


@pytest.mark.parametrize("name", JAPANESE)
def test_a_passphrase_is_of_a_key_and_a_password_of_an_account(name: str) -> None:
    text = JAPANESE[name]
    for word in ("合言葉", "口座"):
        assert word not in text, word
    assert "パスフレーズ" in text and "パスワード" in text
    assert "madoguchi-backup.timer" in text


@pytest.mark.parametrize("name", [*JAPANESE, "docs/backup.md", "docs/runbook.md"])
def test_a_unit_that_a_page_names_exists(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = set(re.findall(r"madoguchi-[a-z]+\.(?:service|timer)(?!\.d)", text))
    enabled = re.findall(r"systemctl (?:enable|start|restart)(?: --now)? ((?:madoguchi-[a-z.]+ ?)+)", text)  # fmt: skip
    for one in " ".join(enabled).split():
        named.add(one if "." in one else f"{one}.service")
    assert named <= UNITS


def test_no_page_of_fingerprints_lies_in_the_home() -> None:
    (line,) = [one.line for one in steps(GUIDE) if " audit handover " in one.line]
    folder = line.split()[3].rpartition("/")[0]
    assert not folder.startswith(("/var/lib/madoguchi", "/opt", "/tmp"))
    made = f"install -d -m 0700 -o madoguchi -g madoguchi {folder}"
    lines = [one.line for one in steps(GUIDE)]
    assert lines.index(made) < lines.index(line)
