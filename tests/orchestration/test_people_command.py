"""The commands of people and log: a home is founded, then everybody proves who they are."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from compliance.audit.log import AuditFolder
from compliance.audit.verify import verify
from compliance.ground.home import Home
from compliance.ground.japan import TOKYO
from orchestration.cli import app
from orchestration.command.exit_codes import ExitCode
from tests.support.people_commands import NAME, NUMBER, RUN, Centre

FOUND = ("people", "found", "--officer", "pm1", "--chief", "cp1")
DATES = ("--reported", "2023-11-13", "--trained", "2026-11-20", "--pledged", "2026-11-20")
TYPED = "".join(f"{NAME}\n" + f"{one} passphrase\n" * 2 for one in ("cp1", "pm1"))


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    made = Centre(tmp_path)
    made(*FOUND, *DATES, typed=TYPED)
    return made


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (("--reported", "2027-01-01"), "市への報告日"),
        (("--trained", "2025-01-01"), "研修"),
        (("--pledged", "2027-01-01"), "誓約書"),
        (("--starts", "2024-06-01"), "承認"),
        (("--chief", "pm1"), "2名"),
    ],
)
def test_a_founding_is_whole_or_refused(
    tmp_path: Path, changes: tuple[str, ...], reason: str
) -> None:
    """Nobody can found a home in which nobody may do anything, the repair included."""
    centre = Centre(tmp_path)
    with pytest.raises(Exception, match=reason):
        centre(*FOUND, *DATES, *changes, typed=TYPED)
    assert json.loads(centre("people", "list", "--json")) == []
    centre(*FOUND, *DATES, typed=TYPED)
    assert [row["in_force"] for row in json.loads(centre("people", "list", "--json"))] == [True] * 2
    with pytest.raises(Exception, match="開設済み"):
        centre(*FOUND, *DATES, typed=TYPED)


def test_before_the_founding_nobody_enters_anybody(tmp_path: Path) -> None:
    centre = Centre(tmp_path)
    with pytest.raises(Exception, match="people found"):
        centre(
            "people", "add", "pm1", "--role", "officer", "--starts", "2023-11-20", typed=f"{NAME}\n"
        )
    for weak in ("too short", "madoguchi-demo", "aaaaaaaaaaaaa"):
        with pytest.raises(Exception, match="パスフレーズ"):
            centre(*FOUND, *DATES, typed=TYPED.replace("pm1 passphrase", weak))


def test_a_founded_home_asks_who_is_at_it(centre: Centre) -> None:
    with pytest.raises(Exception, match="--by"):
        centre("people", "leave", "pm1", "--version", "1", "--last-day", "2026-01-01")
    centre.enter("op1", "operator")
    centre.enrol("op1", "secret of op1")
    rows = json.loads(centre("people", "list", "--json"))
    assert [(row["staff_id"], row["roles"]) for row in rows] == [
        ("cp1", ["chief_officer"]), ("op1", ["operator"]), ("pm1", ["officer"]),
    ]  # fmt: skip
    assert all(len(row["key"]) == 64 and "name" not in row for row in rows)
    for typed, said in (("secret of op1\n", "op1: keep_people"), ("wrong one\n", "passphrase")):
        with pytest.raises(Exception, match=said):
            centre("people", "pledge", "pm1", "--on", "2026-11-21", "--by", "op1", typed=typed)
    assert centre.entries()[-2:] == [
        ("op1", "right_used", "refused"), ("op1", "right_used", "refused"),
    ]  # fmt: skip
    assert verify(AuditFolder(centre.home / "audit")).is_right


def test_names_are_shown_to_whoever_keeps_the_register(centre: Centre) -> None:
    assert NAME not in centre("people", "list")
    shown = centre("people", "list", "--names", "--by", "pm1", typed="pm1 passphrase\n")
    assert NAME in shown
    for path in (p for p in centre.home.parent.rglob("*") if p.is_file()):
        content = path.read_bytes()
        assert NAME.encode() not in content and b"passphrase" not in content, path.name


def test_a_change_and_a_leaving_are_versions(centre: Centre) -> None:
    centre.enter("op1", "operator")
    typed = "pm1 passphrase\n"
    said = centre("people", "change", "op1", "--version", "1", "--role", "supervisor", "--by", "pm1", typed=typed)  # fmt: skip
    assert json.loads(centre("people", "list", "--json"))[1]["roles"] == ["operator"]
    centre.confirm(NUMBER.findall(said)[0])
    with pytest.raises(Exception, match="見直してから"):
        centre("people", "change", "op1", "--version", "1", "--reserve", "--by", "pm1", typed=typed)
    centre("people", "leave", "op1", "--version", "2", "--last-day", "2026-11-01", "--by", "pm1", typed=typed)  # fmt: skip
    row = json.loads(centre("people", "list", "--json"))[1]
    assert (row["version"], row["in_force"]) == (3, False)
    centre("people", "withdraw", "pm1", "--by", "pm1", typed=typed)
    with pytest.raises(Exception, match="No key"):
        centre("people", "pledge", "op1", "--on", "2026-11-22", "--by", "pm1", typed=typed)


def test_the_log_is_shown_proved_handed_out_and_signed_by_a_new_key(
    centre: Centre, tmp_path: Path
) -> None:
    typed = "pm1 passphrase\n"
    assert "person_entered" in centre("audit", "show")
    assert json.loads(centre("audit", "show", "--json", "--object", "pm1", "--last", "1"))
    proof = json.loads(centre("audit", "prove", "0"))
    assert proof["index"] == 0 and proof["checkpoint"].startswith("madoguchi/audit\n")
    before = json.loads(centre("audit", "verify", "--json"))
    assert len(centre("audit", "rotate-key", "--by", "pm1", typed=typed).strip()) == 64
    centre("audit", "export", str(tmp_path / "log.zip"), "--by", "pm1", typed=typed)
    after = json.loads(
        centre("audit", "verify", "--json", "--held", before["checkpoint"],
               "--fingerprint", before["fingerprints"][0])
    )  # fmt: skip
    assert after["is_right"] and len(after["fingerprints"]) == 2
    with ZipFile(tmp_path / "log.zip") as packed:
        packed.extractall(tmp_path / "copy")
    copy = tmp_path / "copy"
    RUN.invoke(app, ["audit", "verify", "--copy", str(copy)], catch_exceptions=False)
    assert verify(AuditFolder(copy)).is_right
    assert centre("audit", "checkpoint").startswith(f"{after['entries']}:")


def test_the_page_for_the_city_holds_every_fingerprint(centre: Centre, tmp_path: Path) -> None:
    from pypdf import PdfReader

    centre("audit", "handover", str(tmp_path / "page.pdf"))
    (page,) = PdfReader(tmp_path / "page.pdf").pages
    shown = page.extract_text().replace(" ", "").replace("\n", "")
    (log_key,) = verify(AuditFolder(centre.home / "audit")).fingerprints
    own = json.loads(centre("people", "list", "--json"))[1]["key"]
    assert log_key in shown and own in shown and "pm1" in shown
    assert NAME not in shown


def test_the_page_of_fingerprints_is_entered_as_made_and_as_received(
    centre: Centre, tmp_path: Path
) -> None:
    from compliance.ground.operations import open_operations
    from compliance.people.fingerprint_pages import page_with

    own = json.loads(centre("people", "list", "--json"))[1]["key"]
    typed, letter = "pm1 passphrase\n", tmp_path / "receipt.pdf"
    letter.write_bytes(b"received")
    said = centre("audit", "handover", str(tmp_path / "page.pdf"), "--by", "pm1", typed=typed)
    assert "F-0001" in said
    engine = open_operations(Home.at(centre.home).operations_url)
    assert page_with(engine, "pm1", own) is None, "nobody has it yet"
    received = ("audit", "handed-over", "F-0001", "--from-office", "高齢福祉係", "--evidence", str(letter), "--by", "pm1")  # fmt: skip
    for dated in ("2023-01-01", "2099-01-01"):
        with pytest.raises(Exception, match="受領の日付"):
            centre(*received, "--dated", dated, typed=typed)
    centre(*received, "--dated", datetime.now(TOKYO).date().isoformat(), typed=typed)
    page = page_with(engine, "pm1", own)
    assert page is not None and page.name == "F-0001"
    assert page_with(engine, "cp1", own) is None, "it stands there as another's"
    with pytest.raises(Exception, match="記録済み"):
        centre(*received, "--dated", datetime.now(TOKYO).date().isoformat(), typed=typed)
    engine.dispose()


def test_a_changed_log_ends_the_command_with_its_own_status(centre: Centre) -> None:
    log = centre.home / "audit" / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"cp1", b"cp2", 1))
    done = RUN.invoke(app, ["audit", "verify", "--home", str(centre.home)])
    assert done.exit_code == ExitCode.HOME_DAMAGED
    assert "WRONG  log.jsonl: entries 0 to 7" in done.output


def test_keys_have_registered_copies_and_epochs(centre: Centre, tmp_path: Path) -> None:
    from compliance.ground.home import Home
    from compliance.keys.keyring import Keyring, epochs

    typed, home = "pm1 passphrase\n", Home.at(centre.home)
    made = Keyring.open(home).make(["r1", "r2"])
    medium = tmp_path / "usb"
    medium.mkdir()
    centre("keys", "backup", str(medium), "--by", "pm1", typed=typed)
    (copy,) = medium.iterdir()
    assert (copy / "epoch-0001.secret").read_bytes() == (
        home.keys / "epoch-0001.secret"
    ).read_bytes()
    assert "whole" in centre("keys", "verify-backup")
    with pytest.raises(Exception, match="ホームの中にも"):
        centre("keys", "backup", str(centre.home), "--by", "pm1", typed=typed)
    assert "epoch 2: 2 keys" in centre("keys", "rotate", "--by", "pm1", typed=typed)
    assert [e.number for e in epochs(home)] == [2]
    assert {i: Keyring.open(home).key(i) for i in made} == made
    assert "of epoch 1: make a new one" in centre("keys", "status")
    secret = (copy / "epoch-0001.secret").read_bytes()
    centre("keys", "backup", str(medium), "--by", "pm1", typed=typed)
    centre("keys", "destroy", "1", "--go", "--by", "pm1", typed=typed)
    assert "destroyed" in centre("keys", "verify-backup")
    copy.mkdir(exist_ok=True)
    (copy / "epoch-0001.secret").write_bytes(secret)
    done = RUN.invoke(app, ["keys", "verify-backup", "--home", str(centre.home)])
    assert done.exit_code == ExitCode.HOME_DAMAGED and "is there again" in done.output
    (copy / "epoch-0001.secret").unlink()
    (copy,) = (path for path in medium.iterdir() if any(path.iterdir()))
    (copy / "master.key").write_bytes(b"x")
    done = RUN.invoke(app, ["keys", "verify-backup", "--home", str(centre.home)])
    assert done.exit_code == ExitCode.HOME_DAMAGED and "master.key is not what" in done.output
    assert ("pm1", "epoch_begun", "done") in centre.entries()


def test_an_account_is_opened_with_a_password_shown_once(centre: Centre) -> None:
    centre.enter("op1", "operator")
    typed = "pm1 passphrase\n"
    password = centre("people", "account", "open", "op1", "--by", "pm1", typed=typed).splitlines()[
        -1
    ]
    assert len(password) >= 20
    rows = json.loads(centre("people", "account", "list", "--json"))
    assert [(row["staff_id"], row["must_change"]) for row in rows] == [("op1", True)]
    for path in (p for p in centre.home.parent.rglob("*") if p.is_file()):
        assert password.encode() not in path.read_bytes(), path.name
    with pytest.raises(Exception, match="--by"):
        centre("people", "account", "close", "op1")
    centre("people", "account", "close", "op1", "--by", "pm1", typed=typed)
    assert json.loads(centre("people", "account", "list", "--json")) == []
    assert centre.entries()[-1] == ("pm1", "account_closed", "done")
