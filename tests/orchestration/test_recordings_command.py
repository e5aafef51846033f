"""Hearing and handing out: for a purpose, by a named person, and the log says so; refusals too."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path

import pytest

from application.home.session import read_settings
from compliance.audit.log import AuditFolder, entries
from simulation.people import PASSPHRASE, enter_people
from tests.homes import HomeOnTrial
from tests.support.people_commands import Centre

TYPED = f"{PASSPHRASE}\n"


@pytest.fixture
def centre(finished_home: HomeOnTrial, tmp_path: Path) -> Centre:
    """The recorded weeks with people in the register."""
    for name in ("home", "home-keys"):
        shutil.copytree(finished_home.root / name, tmp_path / name)
    enter_people(read_settings(None, tmp_path / "home", environment={}))
    return Centre(tmp_path)


def acts(centre: Centre) -> list[tuple[str, str, str, str]]:
    return [
        (e["actor"], e["action"], e["purpose"], e["result"])
        for e in entries(AuditFolder(centre.home / "audit"), last=3)
    ]


def test_a_recording_is_heard_by_whoever_may_and_the_log_says_for_what(
    centre: Centre, finished_home: HomeOnTrial
) -> None:
    (row,) = json.loads(centre("recordings", "list", "--last", "1", "--json"))
    plain = {hashlib.sha256(p.read_bytes()).hexdigest() for p in finished_home.pbx.rglob("*.wav")}
    target = centre.home.parent / "heard.zip"
    said = centre("recordings", "export", row["recording_id"], str(target), "--for", "complaint",
                  "--by", "pm1", typed=TYPED)  # fmt: skip
    assert acts(centre)[-1] == ("pm1", "recording_exported", "complaint", "done")
    import pyzipper

    password = said.split("(shown once): ")[1].strip()
    with pyzipper.AESZipFile(target) as archive:
        (name,) = archive.namelist()
        with pytest.raises(RuntimeError):
            archive.read(name)
        archive.setpassword(password.encode())
        assert hashlib.sha256(archive.read(name)).hexdigest() in plain
    assert row["recording_id"] not in name
    with pytest.raises(Exception, match="すでにあります"):
        centre("recordings", "export", row["recording_id"], str(target), "--for", "complaint",
               "--by", "pm1", typed=TYPED)  # fmt: skip
    heard = io.BytesIO()
    from application.people import acting_home
    from compliance.ground.acts import Purpose
    from compliance.vault.listening import listen

    with acting_home(read_settings(None, centre.home, environment={})) as place:
        actor = place.actor("sv1", lambda _: PASSPHRASE)
        for piece in listen(place.engine, place.home, actor, row["recording_id"], Purpose.QUALITY):
            heard.write(piece)
    assert hashlib.sha256(heard.getvalue()).hexdigest() in plain
    assert acts(centre)[-1] == ("sv1", "recording_heard", "quality", "done")


@pytest.mark.parametrize("who", ["ad1", "op1", "cp1"])
def test_whoever_may_not_is_refused_and_it_is_noted(centre: Centre, who: str) -> None:
    (row,) = json.loads(centre("recordings", "list", "--last", "1", "--json"))
    for words in (("play",), ("export", str(centre.home.parent / "x.zip"))):
        name, *rest = words
        with pytest.raises(Exception, match=f"{who}: "):
            centre("recordings", name, row["recording_id"], *rest, "--for", "complaint",
                   "--by", who, typed=TYPED)  # fmt: skip
        assert acts(centre)[-1][::3] == (who, "refused")
    assert not (centre.home.parent / "x.zip").exists()


def test_a_purpose_must_be_one_of_the_listed_and_a_copy_within_reach(centre: Centre) -> None:
    (row,) = json.loads(centre("recordings", "list", "--last", "1", "--json"))
    target = str(centre.home.parent / "x.zip")
    with pytest.raises(Exception, match="次のどれか"):
        centre("recordings", "export", row["recording_id"], target, "--for", "operation",
               "--by", "pm1", typed=TYPED)  # fmt: skip
    with pytest.raises(Exception, match="写しが、どこにもありません"):
        centre("recordings", "export", "nobody", target, "--for", "incident", "--by", "pm1",
               typed=TYPED)  # fmt: skip
