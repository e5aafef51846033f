"""No connection without the city's 許可, no caller's words without its 指定: as a table, and as the contract file says it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from application.home.settings import load_settings
from compliance.contract.destinations import Destination, MailDestination, SftpDestination
from compliance.deliverables.outgoing import covered, is_connection
from compliance.errors import ContractInvalid, DeliveryForbidden
from compliance.registers.entries import KeptEntry
from tests.homes import ROOT

TODAY = date(2024, 1, 4)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRlc3RrZXl0ZXN0a2V5dGVzdGtleXRlc3RrZXkh"
SHIPPED = (ROOT / "contracts/sapporo-2023/contract.toml").read_text(encoding="utf-8")


def destination(way: str, **more: object) -> Destination:
    values = {
        "sftp": {"target": "sftp.example.jp", "user": "u", "host_key": KEY, "permit": "提出用"},
        "smtp": {
            "target": "smtp.example.jp",
            "sender": "a@example.jp",
            "recipients": ["b@example.jp"],
            "permit": "提出用",
        },
        "folder": {"target": "/mnt/city"},
    }[way]
    made: Destination = TypeAdapter(Destination).validate_python(
        {"name": "city", "way": way, **values, **more}
    )
    return made


def entry(register: str, **values: str) -> KeptEntry:
    at = datetime(2023, 12, 1, tzinfo=UTC)
    return KeptEntry(register, "X-1", 1, "", values, at, "pm1", False)


def permit(**changed: str) -> KeptEntry:
    values = {"kind": "network", "target": "提出用", "scope": "提出", "permitted_on": "2023-12-01"}
    return entry("permits", **{**values, **changed})


def designation(**changed: str) -> KeptEntry:
    values = {"kind": "designation", "held_on": "2023-12-01", "section": "係", "matter": "書類の送付（city）"}  # fmt: skip
    return entry("consultations", **{**values, **changed})


PERMITS = {
    "none": ([], False),
    "in force": ([permit()], True),
    "from today": ([permit(permitted_on="2024-01-04")], True),
    "from tomorrow": ([permit(permitted_on="2024-01-05")], False),
    "to today": ([permit(expires_on="2024-01-04")], True),
    "to yesterday": ([permit(expires_on="2024-01-03")], False),
    "of another target": ([permit(target="提出用2")], False),
    "of a server": ([permit(kind="server")], False),
    "a dead one and one in force": ([permit(expires_on="2024-01-03"), permit()], True),
}
DESIGNATIONS = {
    "none": ([], False),
    "today": ([designation(held_on="2024-01-04")], True),
    "tomorrow": ([designation(held_on="2024-01-05")], False),
    "of another name": ([designation(matter="書類の送付（city-2）")], False),
    "of a longer name": ([designation(matter="書類の送付（thecity）")], False),
    "an instruction": ([designation(kind="instruction")], False),
    "the name alone": ([designation(matter="city")], True),
}


@pytest.mark.parametrize(("permits", "designations"), [*product(PERMITS, DESIGNATIONS)])
@pytest.mark.parametrize("quotes", [False, True])
@pytest.mark.parametrize("personal", [False, True])
def test_what_lets_a_paper_go_by_sftp(
    permits: str, designations: str, quotes: bool, personal: bool
) -> None:
    (held, is_permitted), (said, is_designated) = PERMITS[permits], DESIGNATIONS[designations]
    wanted = is_permitted and (not quotes or (personal and is_designated))
    to = destination("sftp", personal_data=personal)
    if not wanted:
        with pytest.raises(DeliveryForbidden, match=r"city へは送れません.*(--to|設定)"):
            covered(to, quotes, held, said, TODAY)
        return
    cover = covered(to, quotes, held, said, TODAY)
    assert cover.permit == held[-1]
    assert cover.designation == (said[0] if quotes else None)


def test_callers_words_never_go_by_mail() -> None:
    to = destination("smtp")
    assert covered(to, False, [permit()], [], TODAY).permit == permit()
    with pytest.raises(DeliveryForbidden, match="許可"):
        covered(to, False, [], [], TODAY)
    with pytest.raises(DeliveryForbidden, match="メール"):
        covered(to, True, [permit()], [designation()], TODAY)


def test_a_medium_needs_nobodys_word_and_a_share_does() -> None:
    medium, share = destination("folder"), destination("folder", permit="提出用")
    assert (is_connection(medium), is_connection(share)) == (False, True)
    assert covered(medium, False, [], [], TODAY).permit is None
    with pytest.raises(DeliveryForbidden, match="personal_data"):
        covered(medium, True, [], [], TODAY)
    assert (
        covered(destination("folder", personal_data=True), True, [], [], TODAY).designation is None
    )
    with pytest.raises(DeliveryForbidden, match="許可"):
        covered(share, False, [], [], TODAY)
    share = destination("folder", permit="提出用", personal_data=True)
    assert covered(share, True, [permit()], [designation()], TODAY).designation == designation()
    with pytest.raises(DeliveryForbidden, match="指定"):
        covered(share, True, [permit()], [], TODAY)


# ---- the contract file


def example() -> str:
    """The shipped file with its example made active."""
    lines = SHIPPED.splitlines()
    begins = next(n for n, line in enumerate(lines) if line.startswith("# [[destinations]]"))
    ends = next(n for n in range(begins, len(lines)) if lines[n].startswith("[floor]"))
    shown = [line.removeprefix("# ").removeprefix("#") for line in lines[begins:ends]]
    return "\n".join([*lines[:begins], *shown, *lines[ends:]])


def load(tmp_path: Path, text: str) -> tuple[Destination, ...]:
    path = tmp_path / "contract.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {"MADOGUCHI_HOME": str(tmp_path / "home")}).contract.destinations


def test_the_shipped_file_sends_nowhere_and_its_example_can_be_used(tmp_path: Path) -> None:
    assert load(tmp_path, SHIPPED) == ()
    sftp, mail, folder = load(tmp_path, example())
    assert isinstance(sftp, SftpDestination) and isinstance(mail, MailDestination)
    assert (sftp.permit, mail.known_port, folder.way) == ("提出用SFTP", 587, "folder")
    for one in (sftp, mail, folder):
        for key in type(one).model_fields:
            assert f"# {key} = " in SHIPPED, f"{key} is not shown"
    commented = [line for line in SHIPPED.splitlines() if line.startswith("# ") and " = " in line]
    assert all(line.count("#") >= 2 or "destination =" in line for line in commented)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('way = "sftp"', 'way = "ftp"', "way|sftp"),
        ('host_key = "ssh-ed25519 ', 'host_key = "', "host_key"),
        ('permit = "提出用SFTP"', 'permit = ""', "permit"),
        ('permit = "提出用メール"', "", "permit is missing"),
        ('user = "madoguchi"', 'password = "x"', r"password.*not a key|user is missing"),
        ("personal_data = false  # メール", "personal_data = true  # メール", "never go by mail"),
        ('target = "/mnt/city"', 'target = "city"', "no absolute path"),
        ('name = "city-mail"', 'name = "city-sftp"', "more than once"),
        ('name = "city-mail"', 'name = "../x"', "name"),
        ('recipients = ["kakari@example.jp"]', "recipients = []", "recipients"),
        (
            'sender = "center@example.jp"',
            'sender = "center@example.jp\\nBcc: x@example.jp"',
            "sender",
        ),
        ('kind = "weekly"', 'destination = "nowhere"\nkind = "weekly"', "'nowhere' of weekly"),
    ],
)
def test_a_mistake_is_told_by_its_key(tmp_path: Path, before: str, after: str, told: str) -> None:
    text = example()
    assert before in text
    with pytest.raises(ContractInvalid, match=told):
        load(tmp_path, text.replace(before, after, 1))
