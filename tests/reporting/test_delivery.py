"""Ways to the city, against real servers: whole or not at all, once, to nobody else, and never silently twice."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import asyncssh
import pytest

from reporting.delivery.retry import WAITS, patiently
from reporting.delivery.sftp import BLOCK_BYTES, SftpWay
from reporting.delivery.smtp import MailWay, dotted
from reporting.delivery.way import Parcel
from reporting.errors import DeliveryInterrupted, DeliveryRefused, DeliveryUnknown
from tests.homes import ROOT
from tests.servers import (
    NOBODYS_KEY,
    PASSWORD,
    USER,
    Disk,
    MailOnTrial,
    SftpOnTrial,
    authority,
    mail_server,
    sftp_server,
)

pytestmark = pytest.mark.timeout(60)
FILES = {
    "週次集計結果_第1週.pdf": b"%PDF" + bytes(range(256)) * 400,
    "週次集計結果_第1週.xlsx": b"\r\n.\r\n..\r\nPK",
    "manifest.json": b"{}\n",
}
PLACE = PurePosixPath("weekly/2023-11-20")
SHA = hashlib.sha256(FILES["manifest.json"]).hexdigest()
PARCEL = Parcel("weekly/2023-11-20/r1", PLACE, FILES, SHA, datetime(2024, 1, 4, 1, tzinfo=UTC))
LYING = {f"{PLACE}/{name}": content for name, content in FILES.items()}


def never() -> None:
    raise AssertionError("no step of SFTP leaves anything unknown")


# ---- when to try again


def test_only_what_was_interrupted_is_tried_again_and_not_for_ever() -> None:
    waited: list[float] = []
    outcomes: list[Exception | str] = [DeliveryInterrupted(), DeliveryInterrupted(), "done"]

    def attempt() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert patiently(attempt, waited.append) == "done"
    assert waited == [1, 4]
    waited.clear()
    outcomes[:] = [DeliveryInterrupted() for _ in range(9)]
    with pytest.raises(DeliveryInterrupted):
        patiently(attempt, waited.append)
    assert (waited, len(outcomes)) == (list(WAITS), 9 - 1 - len(WAITS))
    for error in (DeliveryRefused(), DeliveryUnknown()):
        waited.clear()
        outcomes[:] = [error, "never asked"]
        with pytest.raises(type(error)):
            patiently(attempt, waited.append)
        assert (waited, outcomes) == ([], ["never asked"])


# ---- SFTP


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpOnTrial]:
    with sftp_server(tmp_path / "city") as seen:
        yield seen


def way(server: SftpOnTrial, **changed: object) -> SftpWay:
    values = {
        "host": "127.0.0.1", "port": server.port, "user": USER, "folder": "incoming", "host_key": server.host_key,
        "secret": f"{PASSWORD}\n".encode(), "timeout": 10.0,
    }  # fmt: skip
    return SftpWay(**{**values, **changed})  # type: ignore[arg-type]


def lying(server: SftpOnTrial) -> dict[str, bytes]:
    return {name.removeprefix("incoming/"): content for name, content in server.files().items()}


def test_files_lie_there_whole_once_and_with_nothing_beside_them(server: SftpOnTrial) -> None:
    assert "一致" in way(server).look()
    assert server.files() == {}
    places = way(server).put(PARCEL, never)
    assert places[0] == f"127.0.0.1:incoming/{PLACE}/週次集計結果_第1週.pdf"
    assert lying(server) == LYING
    assert len(server.uploads) == 3 and all(".part-" in name for name in server.uploads)
    assert way(server).put(PARCEL, never) == places
    assert len(server.uploads) == 3, "nothing is uploaded twice"


@pytest.mark.parametrize("kind", ["ecdsa-sha2-nistp256", "ssh-rsa"])
def test_any_kind_of_host_key_can_be_pinned(tmp_path: Path, kind: str) -> None:
    with sftp_server(tmp_path / "city", asyncssh.generate_private_key(kind)) as server:
        assert server.host_key.startswith(kind)
        way(server).put(PARCEL, never)
        assert lying(server) == LYING
        with pytest.raises(DeliveryRefused, match="ホスト鍵"):
            way(server, host_key=NOBODYS_KEY).look()


def test_of_several_host_keys_the_pinned_one_is_asked_for(tmp_path: Path) -> None:
    keys = [asyncssh.generate_private_key(kind) for kind in ("ssh-ed25519", "ssh-rsa")]
    with sftp_server(tmp_path / "city", *keys) as server:
        for key in keys:
            pinned = " ".join(key.export_public_key().decode().split()[:2])
            assert "一致" in way(server, host_key=pinned).look()


def test_nothing_of_the_account_is_used(
    server: SftpOnTrial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its configuration, nor its known hosts, nor its keys."""
    (tmp_path / ".ssh").mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")
    server.client_keys.append(key.export_public_key())
    key.write_private_key(str(tmp_path / ".ssh" / "id_ed25519"))
    (tmp_path / ".ssh" / "config").write_text("Host *\n  HostName 127.0.0.77\n  Compression yes\n")
    (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {NOBODYS_KEY}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    way(server).put(PARCEL, never)
    assert lying(server) == LYING
    with pytest.raises(DeliveryRefused, match="ログイン"):
        way(server, secret=b"quite another").look()


def test_a_private_key_logs_in_as_well(server: SftpOnTrial) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(DeliveryRefused, match="ログイン"):
        way(server, secret=key.export_private_key()).put(PARCEL, never)
    server.client_keys.append(key.export_public_key())
    way(server, secret=key.export_private_key()).put(PARCEL, never)
    assert lying(server) == LYING


def test_another_host_key_is_told_nothing(server: SftpOnTrial) -> None:
    for act in (lambda w: w.look(), lambda w: w.put(PARCEL, never)):
        with pytest.raises(DeliveryRefused, match="ホスト鍵") as caught:
            act(way(server, host_key=NOBODYS_KEY))
        assert PASSWORD not in str(caught.value)
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
    with pytest.raises(DeliveryRefused, match="ホスト鍵"):
        way(server, host_key=" ".join(other.split()[:2])).look()
    assert server.logins == [], "not even a name was said"
    assert server.files() == {}


def test_a_wrong_password_is_refused_and_stands_in_no_message(server: SftpOnTrial) -> None:
    with pytest.raises(DeliveryRefused, match="ログイン") as caught:
        way(server, secret=b"quite another").put(PARCEL, never)
    assert "quite another" not in f"{caught.value!r} {way(server, secret=b'quite another')!r}"
    assert server.logins, "the server was asked"


def test_where_nobody_listens_it_is_interrupted(server: SftpOnTrial) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryInterrupted):
            way(server, port=taken.getsockname()[1]).put(PARCEL, never)


def test_dropped_in_mid_file_nothing_half_lies_there_and_the_next_attempt_ends_it(
    server: SftpOnTrial,
) -> None:
    writes, half = 0, []

    def fault(step: str, disk: Disk) -> None:
        nonlocal writes
        writes += step == "write"
        if writes == 3:
            disk.hang_up()

    server.fault = fault

    def before_the_next(seconds: float) -> None:
        half.append({name: c for name, c in lying(server).items() if ".part-" not in name})

    assert patiently(lambda: way(server).put(PARCEL, never), before_the_next)
    assert half == [{}], "one attempt was cut, and nothing had its final name"
    assert lying(server) == LYING


def test_a_full_disk_leaves_nothing(server: SftpOnTrial) -> None:
    is_full = True

    def fault(step: str, disk: Disk) -> None:
        if step == "write" and is_full:
            raise asyncssh.SFTPFailure("No space left on device")

    server.fault = fault
    with pytest.raises(DeliveryInterrupted):
        way(server).put(PARCEL, never)
    assert server.files() == {}, "not even the part"
    is_full = False
    way(server).put(PARCEL, never)
    assert lying(server) == LYING


def test_a_server_that_stops_answering_is_not_waited_for_long(server: SftpOnTrial) -> None:
    async def sleeping() -> None:
        await asyncio.sleep(30)

    server.fault = lambda step, disk: sleeping() if step == "write" else None
    began = time.monotonic()
    with pytest.raises(DeliveryInterrupted, match="Timeout"):
        way(server, timeout=0.7).put(PARCEL, never)
    assert 0.7 <= time.monotonic() - began < 10
    assert not [name for name in server.files() if ".part-" not in name]


def test_what_the_disk_changed_gets_no_name(server: SftpOnTrial) -> None:
    real = Disk.write

    async def flipping(self: Disk, file_obj: object, offset: int, data: bytes) -> int:
        return await real(self, file_obj, offset, bytes([data[0] ^ 1]) + data[1:])

    Disk.write = flipping  # type: ignore[method-assign]
    try:
        with pytest.raises(DeliveryInterrupted, match="読み返す"):
            way(server).put(PARCEL, never)
    finally:
        Disk.write = real  # type: ignore[method-assign]
    assert not [name for name in server.files() if ".part-" not in name]


def test_another_file_of_that_name_is_left_and_nothing_else_is_sent(server: SftpOnTrial) -> None:
    folder = server.root / "incoming" / PLACE
    folder.mkdir(parents=True)
    for other in (b"{}", b"{}\n and more", b"another"):
        (folder / "manifest.json").write_bytes(other)
        with pytest.raises(DeliveryRefused, match="上書き"):
            way(server).put(PARCEL, never)
        assert lying(server) == {f"{PLACE}/manifest.json": other}
    assert server.uploads == []


def test_a_longer_file_with_the_same_beginning_is_another(server: SftpOnTrial) -> None:
    content = b"x" * BLOCK_BYTES
    (server.root / "incoming" / PLACE).mkdir(parents=True)
    (server.root / "incoming" / PLACE / "a.pdf").write_bytes(content + b"y")
    with pytest.raises(DeliveryRefused, match="上書き"):
        way(server).put(replace(PARCEL, files={"a.pdf": content}), never)


def test_who_was_quicker_is_not_overwritten(server: SftpOnTrial) -> None:
    """Another file takes the name between the look and the rename."""
    path = server.root / "incoming" / PLACE / "週次集計結果_第1週.pdf"

    def fault(step: str, disk: Disk) -> None:
        if step == "rename" and not path.exists():
            path.write_bytes(b"somebody else's")

    server.fault = fault
    with pytest.raises(DeliveryRefused, match="上書き"):
        way(server).put(PARCEL, never)
    assert path.read_bytes() == b"somebody else's"


@pytest.mark.parametrize("cut", ["rename", "renamed"])
def test_cut_around_the_rename_the_next_run_ends_it(server: SftpOnTrial, cut: str) -> None:
    cuts = 0

    def fault(step: str, disk: Disk) -> None:
        nonlocal cuts
        if step == cut and not cuts:
            cuts += 1
            disk.hang_up()
            raise asyncssh.SFTPConnectionLost("cut")

    server.fault = fault
    with pytest.raises(DeliveryInterrupted):
        way(server).put(PARCEL, never)
    before = len(server.uploads)
    way(server).put(PARCEL, never)
    assert (cuts, lying(server)) == (1, LYING)
    assert len(server.uploads) - before == (3 if cut == "rename" else 2)


def test_killed_between_upload_and_rename_the_next_run_ends_it(
    server: SftpOnTrial, tmp_path: Path
) -> None:
    reached = threading.Event()

    async def waiting() -> None:
        reached.set()
        await asyncio.sleep(20)

    server.fault = lambda step, disk: waiting() if step == "rename" else None
    program = (
        "from tests.reporting.test_delivery import *\n"
        f"SftpWay('127.0.0.1', {server.port}, USER, 'incoming', {server.host_key!r}, PASSWORD.encode(), 30.0)"
        ".put(PARCEL, never)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        assert reached.wait(30)
    finally:
        child.kill()
        child.wait(10)
    assert [name for name in server.files() if ".part-" in name]
    server.fault = lambda step, disk: None
    way(server).put(PARCEL, never)
    assert lying(server) == LYING


# ---- mail


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[MailOnTrial]:
    with mail_server(tmp_path / "tls") as seen:
        yield seen


class Committing:
    """How often a step was announced after which nobody could say."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def mail(server: MailOnTrial, **changed: object) -> MailWay:
    values = {
        "host": "127.0.0.1", "port": server.port, "is_wrapped": False, "ca_file": server.ca_file, "user": USER,
        "password": PASSWORD, "sender": "center@example.jp", "recipients": ("a@example.jp", "b@example.jp"), "timeout": 10.0,
    }  # fmt: skip
    return MailWay(**{**values, **changed})  # type: ignore[arg-type]


def attached(server: MailOnTrial) -> dict[str, bytes]:
    (taken,) = server.taken
    return {
        str(part.get_filename()): part.get_payload(decode=True) for part in taken.iter_attachments()
    }


def test_one_mail_holds_every_file_as_it_is(mails: MailOnTrial) -> None:
    committing = Committing()
    assert "証明書" in mail(mails).look()
    assert mails.asked == 0
    mail(mails).put(PARCEL, committing)
    assert attached(mails) == FILES
    (taken,) = mails.taken
    assert taken["Message-ID"] == f"<{SHA[:32]}@example.jp>"
    assert (taken["To"], taken["From"]) == ("a@example.jp, b@example.jp", "center@example.jp")
    assert SHA in taken.get_body().get_content()  # type: ignore[union-attr]
    assert committing.times == 1


def test_a_line_of_one_dot_does_not_end_a_mail() -> None:
    assert dotted(b".\r\nb\r\n.\r\n..c") == b"..\r\nb\r\n..\r\n...c\r\n"


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    with mail_server(tmp_path / "tls", is_wrapped=True) as server:
        mail(server, is_wrapped=True, user="", password=None).put(PARCEL, Committing())
        assert attached(server) == FILES


def test_tls_to_a_server_that_has_none(tmp_path: Path) -> None:
    with mail_server(tmp_path / "none", has_tls=False) as server:
        with pytest.raises(DeliveryRefused, match="TLSで話せません"):
            mail(server, ca_file="", is_wrapped=True).put(PARCEL, Committing())
        assert server.asked == 0


def test_without_tls_nothing_is_said(tmp_path: Path) -> None:
    with mail_server(tmp_path / "none", has_tls=False) as server:
        committing = Committing()
        for ca_file in ("", authority(tmp_path / "ca")[0]):
            with pytest.raises(DeliveryRefused, match="TLS"):
                mail(server, ca_file=ca_file).put(PARCEL, committing)
        assert (server.asked, server.taken, committing.times) == (0, [], 0)


def test_an_unknown_authority_or_another_name_is_refused(
    mails: MailOnTrial, tmp_path: Path
) -> None:
    stranger = authority(tmp_path / "stranger")[0]
    for changed in ({"ca_file": ""}, {"ca_file": stranger}, {"host": "localhost"}):
        with pytest.raises(DeliveryRefused, match="証明書"):
            mail(mails, **changed).put(PARCEL, Committing())
    with pytest.raises(DeliveryRefused, match="ca_file"):
        mail(mails, ca_file=str(tmp_path / "none.pem")).look()
    assert (mails.asked, mails.taken) == (0, [])
    mail(mails).put(PARCEL, Committing())
    assert len(mails.taken) == 1, "its own authority is trusted"


def test_a_wrong_mail_password_is_refused_and_stands_in_no_message(mails: MailOnTrial) -> None:
    with pytest.raises(DeliveryRefused) as caught:
        mail(mails, password="quite another").put(PARCEL, Committing())
    assert "quite another" not in f"{caught.value!r} {mail(mails, password='quite another')!r}"
    assert mails.taken == []


@pytest.mark.parametrize("where", ["at_recipient", "at_data"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 later", DeliveryInterrupted), ("550 never", DeliveryRefused)],
)
def test_an_answer_is_an_answer(
    mails: MailOnTrial, where: str, answer: str, error: type[Exception]
) -> None:
    getattr(mails, where).append(answer)
    with pytest.raises(error) as caught:
        mail(mails).put(PARCEL, Committing())
    assert answer[4:] not in str(caught.value), "a server's words are not repeated"
    assert mails.taken == []
    mail(mails).put(PARCEL, Committing())
    assert attached(mails) == FILES


def test_dropped_before_the_data_it_may_be_tried_again(mails: MailOnTrial) -> None:
    mails.at_recipient.append("drop")
    waited: list[float] = []
    committing = Committing()
    patiently(lambda: mail(mails).put(PARCEL, committing), waited.append)
    assert (waited, committing.times, len(mails.taken)) == ([1], 1, 1)


@pytest.mark.parametrize(("answer", "taken"), [("late", 1), ("drop", 0)])
def test_dropped_after_the_data_nobody_knows_and_it_is_not_tried_again(
    mails: MailOnTrial, answer: str, taken: int
) -> None:
    mails.at_data.append(answer)
    waited: list[float] = []
    with pytest.raises(DeliveryUnknown, match="--not-arrived"):
        patiently(lambda: mail(mails).put(PARCEL, Committing()), waited.append)
    assert (waited, len(mails.taken)) == ([], taken)


def test_nobody_listening_is_interrupted(mails: MailOnTrial) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryInterrupted):
            mail(mails, port=taken.getsockname()[1]).put(PARCEL, Committing())


def test_a_mute_mail_server_is_not_waited_for_long(mails: MailOnTrial) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        began = time.monotonic()
        with pytest.raises(DeliveryInterrupted):
            mail(mails, port=mute.getsockname()[1], timeout=0.7).put(PARCEL, Committing())
        assert 0.7 <= time.monotonic() - began < 10
