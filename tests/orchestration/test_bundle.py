"""The whole life of an installation, without a network: built, installed, run; backed up, destroyed, restored at another place;
brought to the next version, kept from one that does not answer; taken away. Each step's seconds are printed (`-s`)."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from compliance.ground.japan import TOKYO
from tests.homes import AS_OF, ROOT, HomeOnTrial
from tests.support.desk_client import OWN
from tests.support.guide import Typed, in_passing, steps
from tests.support.real_server import RealServer, lacking

CUT_OFF = ("unshare", "-n")
BEFORE, BROKEN = "0.0.1", "9.9.9"


@contextmanager
def _step(name: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{name:<44} {time.monotonic() - begun:6.1f} s", flush=True)


def _done(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in an environment that knows no checkout, cut off from every network where the machine lets us."""
    alone = subprocess.run([*CUT_OFF, "true"], capture_output=True).returncode == 0
    kept = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PIP_NO_INDEX": "1"}
    command = [*(CUT_OFF if alone else ()), *map(str, words)]
    return subprocess.run(command, env=kept, cwd="/", capture_output=True, text=True, timeout=400)


def _state(*folders: Path) -> dict[str, tuple[int, int]]:
    paths = [path for folder in folders for path in folder.rglob("*") if not path.is_dir()]
    return {str(p): (p.lstat().st_size, p.lstat().st_mtime_ns) for p in paths}


def _sealed(tree: Path, version: str) -> Path:
    """The tree as a bundle of that version: its label and the sums over it."""
    label = tree / "BUNDLE"
    lines = label.read_text().splitlines()
    label.unlink()
    label.write_text("".join(f"version={version}\n" if one.startswith("version=") else f"{one}\n" for one in lines))  # fmt: skip
    sums = tree / "SHA256SUMS"
    sums.unlink()
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    sums.write_text(
        "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(tree)}\n" for f in files)
    )  # fmt: skip
    return tree


def stamped(unpacked: Path, version: str) -> Path:
    """The same bundle under another version: the project's own wheel says it, too."""
    tree = unpacked.with_name(f"stamped-{version}")
    shutil.copytree(unpacked, tree, copy_function=os.link)
    (own,) = (tree / "wheels").glob("madoguchi-*.whl")
    was = own.name.split("-")[1]
    named = own.with_name(own.name.replace(f"-{was}-", f"-{version}-"))
    info, becomes = f"madoguchi-{was}.dist-info/", f"madoguchi-{version}.dist-info/"
    with zipfile.ZipFile(own) as read, zipfile.ZipFile(named, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name == f"{info}METADATA":
                content = content.replace(
                    f"\nVersion: {was}\n".encode(), f"\nVersion: {version}\n".encode(), 1
                )
            elif name == f"{info}RECORD":  # digests are left blank, which the form permits
                content = b"".join(f"{one.split(',')[0].replace(info, becomes)},,\n".encode() for one in content.decode().splitlines())  # fmt: skip
            written.writestr(name.replace(info, becomes), content)
    own.unlink()
    return _sealed(tree, version)


def broken(unpacked: Path, installed: Path) -> Path:
    """A bundle whose version is whole and does not answer: the installed one once more, its `service status` broken. Its files
    are second names of the installed version's, so that it takes neither a minute nor the room of another one."""
    tree = unpacked.with_name(f"stamped-{BROKEN}")
    shutil.copytree(unpacked, tree, copy_function=os.link)
    _sealed(tree, BROKEN)
    version = installed.with_name(BROKEN)
    shutil.copytree(installed, version, symlinks=True, copy_function=os.link)
    ((site),) = version.glob("lib/python3*/site-packages")
    for path, text in (
        (version / "bin" / "madoguchi", (installed / "bin" / "madoguchi").read_text().replace(str(installed), str(version))),
        (site / "application" / "service_state.py", "raise RuntimeError('this version does not answer')\n"),
        (version / ".whole", hashlib.sha256((tree / "SHA256SUMS").read_bytes()).hexdigest() + "\n"),
    ):  # fmt: skip
        path.unlink()
        path.write_text(text)
    (version / "bin" / "madoguchi").chmod(0o755)
    for cached in (site / "application" / "__pycache__").glob("service_state.*"):
        cached.unlink()
    return tree


def _facts(folder: Path, home: Path, pbx: Path) -> tuple[object, ...]:
    """What a home's warehouse and its weekly papers hold."""
    folder.mkdir()
    (folder / "home").symlink_to(home)
    found = HomeOnTrial(folder, pbx)
    return found.tables(), found.papers()


@pytest.fixture(scope="module")
def debian(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, subprocess.Popen[bytes]] | None]:
    """A bare Debian that is made while the archive is built; none where no test of this run asks for it, or none can be had."""
    wanted = any("server" in getattr(one, "fixturenames", ()) for one in request.session.items)
    if not wanted or lacking():
        yield None
        return
    root = tmp_path_factory.mktemp("debian") / "server"
    making = RealServer.begun(root)
    yield root, making
    making.wait(600)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def unpacked(debian: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of this commit, built and unpacked."""
    with _step("the archive is built"):
        built = subprocess.run(
            [sys.executable, ROOT / "deploy" / "bundle.py"], capture_output=True, text=True, timeout=500
        )  # fmt: skip
    assert built.returncode == 0, built.stderr[-2000:]
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(ROOT / built.stdout.split()[0]) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


@pytest.mark.slow
def test_an_installation_lives_without_a_network_from_its_archive_to_its_removal(
    unpacked: Path, tmp_path: Path, samples: Path
) -> None:
    version = unpacked.name.split("-")[1]
    root, pbx = tmp_path / "root", shutil.copytree(samples / "pbx", tmp_path / "pbx")
    command, opt = root / "usr/local/bin/madoguchi", root / "opt/madoguchi"
    install = stamped(unpacked, BEFORE) / "install.sh"
    with _step("the version before is installed"):
        first = _done(install, "--root", root)
    assert first.returncode == 0, first.stderr
    home, keys = root / "var/lib/madoguchi", root / "var/lib/madoguchi-keys"
    assert home.stat().st_mode & 0o777 == keys.stat().st_mode & 0o777 == 0o700
    assert _done(command, "settings").returncode == 0
    assert _done(command, "doctor", "--pbx", pbx, "--as-of", AS_OF).returncode in (0, 3)
    with _step("the first run makes the weekly paper"):
        ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert list((home / "outbox" / "weekly").rglob("*.pdf"))

    data = (home, keys, root / "etc/madoguchi")
    before, programme = _state(*data), _state(root / "opt")
    again = _done(install, "--root", root)
    assert again.returncode == 0 and "this build already" in again.stdout, again.stderr
    assert _state(*data) == before
    link = str(opt / "current")
    assert {**_state(root / "opt"), link: ()} == {**programme, link: ()}

    medium, elsewhere = tmp_path / "medium", root / "srv/elsewhere"
    later = (
        tmp_path / "medium-2",
        tmp_path / "medium-3",
    )  # a simulated home's instant does not move
    for folder in (medium, *later):
        folder.mkdir()
    facts = _facts(tmp_path / "as-it-was", home, pbx)
    with _step("the home is backed up"):
        made = _done(command, "backup", "--to", medium, "--json")
    assert made.returncode == 0, made.stderr
    log = shutil.copytree(home / "audit", tmp_path / "log-elsewhere")
    shutil.rmtree(home)
    elsewhere.parent.mkdir()
    places = root / "etc/madoguchi/madoguchi.env"
    places.write_text(places.read_text().replace(f"MADOGUCHI_HOME={home}\n", f"MADOGUCHI_HOME={elsewhere}\n"))  # fmt: skip
    with _step("it is restored at another place"):
        back = _done(command, "restore", json.loads(made.stdout)["backup"], "--known-log", log, "--json")  # fmt: skip
    assert back.returncode == 0, back.stdout + back.stderr
    told = json.loads(back.stdout)
    assert (told["problems"], told["without_key"]) == ([], 0) and told["recordings_opened"] > 0
    assert not home.exists() and not (elsewhere / "warehouse.duckdb").exists()
    with _step("log, vault and backup are verified"):
        for words in (("audit", "verify"), ("vault", "verify"), ("backup", "--to", medium, "--drill")):  # fmt: skip
            looked = _done(command, *words)
            assert looked.returncode == 0, (words, looked.stdout, looked.stderr)
    with _step("the warehouse is built anew"):
        ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert _facts(tmp_path / "as-it-is", elsewhere, pbx) == facts

    with _step("the next version is laid beside it"):
        beside = _done(unpacked / "install.sh", "--root", root)
    assert f"lies beside {BEFORE}" in beside.stdout, beside.stdout + beside.stderr
    assert not home.exists(), "the home that lives is the one that the services are told"
    with _step("the next version takes over"):
        over = _done(unpacked / "install.sh", "--root", root, "--upgrade", later[0])
    assert over.returncode == 0 and f"{version} is current" in over.stdout, (
        over.stdout + over.stderr
    )
    stands = _state(elsewhere / "outbox")
    with _step("one that does not answer goes back by itself"):
        refused = _done(broken(unpacked, opt / version) / "install.sh", "--root", root, "--upgrade", later[1])  # fmt: skip
    assert (
        refused.returncode == 1
        and f"{version} is current as before: {BROKEN}: service status" in refused.stdout
    ), refused.stdout
    assert str((opt / "current").readlink()) == version and not (opt / "upgrade.json").exists()
    assert json.loads(_done(command, "service", "status", "--json").stdout)["version"] == version
    with _step("the version that stayed runs"):
        ran = _done(command, "run", "--pbx", pbx, "--as-of", AS_OF)
    assert ran.returncode in (0, 3), ran.stderr
    assert _state(elsewhere / "outbox") == stands, "nothing moved, so no paper did"

    before = _state(elsewhere, *data[1:])
    spoilt = tmp_path / "spoilt"
    shutil.copytree(unpacked, spoilt, copy_function=os.link)
    wheel = next((spoilt / "wheels").iterdir())
    content = wheel.read_bytes()[:-1]
    wheel.unlink()
    wheel.write_bytes(content)
    touched = _done(spoilt / "install.sh", "--root", root)
    assert touched.returncode == 1 and "not as it was packed" in touched.stderr

    gone = _done(install, "--root", root, "--uninstall")
    assert gone.returncode == 0 and str(elsewhere) in gone.stdout, gone.stdout
    assert _state(elsewhere, *data[1:]) == before
    assert not opt.exists() and not command.exists()
    assert not list((root / "etc/systemd/system").iterdir())


@pytest.fixture
def server(
    debian: tuple[Path, subprocess.Popen[bytes]] | None, unpacked: Path, samples: Path
) -> Iterator[RealServer]:
    """A bare Debian with the bundle and what an exchange wrote, booted without a network."""
    if debian is None:
        if os.environ.get("MADOGUCHI_CI") == "1":
            pytest.fail(lacking())
        pytest.skip(lacking())
    with _step("a bare Debian is made"):
        made = RealServer.made(*debian)
    shutil.copytree(unpacked, made.root / "srv/bundle")
    shutil.copytree(samples / "pbx", made.root / "srv/pbx")
    try:
        with _step("it is up"):
            made.boot()
        yield made
    finally:
        made.halt()
        shutil.rmtree(made.root, ignore_errors=True)


GUIDE = (ROOT / "docs/install.md").read_text("utf-8")
OFFICER, CHIEF = "架空の合言葉は十分に長くする", "別の架空の合言葉も十分に長い"
MANAGER = "三つめの架空の言葉も十分に長い"
SINCE = (datetime.now(TOKYO).date() - timedelta(days=10)).isoformat()
FIRST_WEEK = "2023-11-20"
ALSO_THREE = ("madoguchi doctor", "madoguchi run", "madoguchi today", "madoguchi service status")
"""Whose status says that something needs a hand."""
NOT_RUN = {
    "./install.sh --upgrade /mnt/madoguchi-backup": "run on a living home by the test above, in a folder",
    "make bundle": "on another machine: the archive is built by what it calls",
    "ln -sfn": "a database in PostgreSQL is not upgraded by a command",
    "chmod go-w": "stands in a message, which names the folder",
}  # fmt: skip
"""What the guide names and no test types at the server, with the reason."""


class Reader:
    """Somebody who does what the guide says, from its first command on, and types what is asked.

    Other days are put in, and what the example's contract wants at the founding, since it is over.
    """

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.left = [one for one in steps(GUIDE) if one.section[:1].isdigit()]
        self.typed: list[str] = []
        self.told: dict[str, str] = {}

    def follow(self, section: int, before: str = "") -> None:
        """A section, or what of it comes before a command."""
        assert self.left and self.left[0].section.startswith(f"{section}. "), self.left[:1]
        while self.left and self.left[0].section.startswith(f"{section}. "):
            if before and self.left[0].line.startswith(before):
                return
            self._do(self.left.pop(0))
        assert not before, before

    def asked(self, line: str, *statuses: int) -> str:
        """What a command says, typed as the guide has it, in the unpacked folder."""
        shell = ("sh", "-c", f"cd /srv/bundle && {line}")
        done = self.server.does(*shell, given=self._answers(line))
        assert done.returncode in (statuses or (0,)), (line, done.returncode, done.stderr[-2000:])
        self.typed.append(line)
        return done.stdout + done.stderr if statuses else done.stdout

    def last_word(self, line: str) -> str:
        """Of what a command said: a code, a password."""
        return next(said.split()[-1] for one, said in self.told.items() if one.startswith(line))

    def _do(self, step: Typed) -> None:
        if step.content:
            (self.server.root / step.line.lstrip("/")).write_text(step.content)
            return
        today = datetime.now(TOKYO).date().isoformat()
        put = {"2026-04-01": SINCE, "2026-04-02": today, "2026-03-30": FIRST_WEEK}
        line = re.sub(r"2026-\d\d-\d\d", lambda day: put[day[0]], step.line)
        if " people found " in line:
            line += f" --starts {SINCE} --approved {SINCE}"
        self.told[step.line] = self.asked(line, *((0, 3) if line in ALSO_THREE else ()))

    def _answers(self, line: str) -> str:
        halves = ("madoguchi people enrol mg1", "madoguchi people confirm P-0002")
        if " people found " in line:
            words = ["架空花子", CHIEF, CHIEF, "架空太郎", OFFICER, OFFICER]
        elif " people claim " in line:
            words = [*map(self.last_word, halves), MANAGER, MANAGER]
        else:
            (who,) = re.findall(r"--by (\w+)$", line) or ("",)
            words = [{"pm1": OFFICER, "cp1": CHIEF, "mg1": MANAGER}[who]] if who else []
            words += ["架空一郎"] if " people add " in line else []
            words += ["y"] if " people confirm " in line else []
        return "".join(f"{word}\n" for word in words)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_bare_server_serves_from_its_first_boot_without_a_network(server: RealServer) -> None:
    web, reader = "madoguchi-web.service", Reader(server)
    assert server.must("ls", "/sys/class/net").split() == ["lo"]
    with _step("it is installed"):
        reader.follow(1)
    assert "this build already" in reader.asked("./install.sh")
    contract = server.root / "etc/madoguchi/contract/contract.toml"
    text = contract.read_text("utf-8")
    assert text.count('root = ""') == 1
    contract.write_text(text.replace('root = ""', 'root = "/srv/pbx"'), "utf-8")

    assert server.does("systemctl", "start", web).returncode != 0
    early = server.must("journalctl", "-o", "cat", "-u", web)
    assert "run `madoguchi run`" in early
    server.must("systemctl", "reset-failed")
    reader.follow(2)
    assert "/srv/pbx" in reader.told["madoguchi settings"]
    (looks,) = (one for one in in_passing(GUIDE) if one.startswith("setpriv "))
    assert "queue_log" in reader.asked(f"{looks} -R /srv/pbx")
    with _step("the first run makes the weekly papers"):
        reader.follow(3)
    home = server.root / "var/lib/madoguchi"
    assert list((home / "outbox/weekly").rglob("*.pdf"))
    account = server.must("id", "-u", "madoguchi").strip()
    assert {str(path.stat().st_uid) for path in home.rglob("*")} == {account}

    with _step("people are entered"):
        reader.follow(4, before="madoguchi audit handed-over")
        handover = server.root / "srv/handover"
        assert (handover / "fingerprints.pdf").read_bytes().startswith(b"%PDF")
        assert handover.stat().st_mode & 0o777 == 0o700 and not list(home.rglob("fingerprints*"))
        (handover / "receipt.pdf").write_bytes(b"%PDF")
        reader.follow(4)
    assert "mg1" in reader.asked("madoguchi people list")
    assert "P-0002  enrolment of mg1" in reader.asked("madoguchi people proposals")
    password = reader.last_word("madoguchi people account open")

    units = sorted(
        path.name for path in (server.root / "etc/systemd/system").glob("madoguchi-*.service")
    )
    for unit in units:
        told = server.must("systemd-analyze", "security", unit).splitlines()[-1]
        assert float(re.findall(r"[0-9]+\.[0-9]+", told)[0]) <= 2.0, told
    assert server.must("systemd-analyze", "verify", *units) == ""
    with _step("the service is up"):
        reader.follow(5)
    warm_within(server, web, 60)
    with traced(server, web) as trace, _step("somebody logs in and starts a job"):
        asked = at_the_desk(server, password)
    assert asked["status"] == "SUCCESS", asked
    assert set(asked["pages"].values()) == {200}, asked["pages"]
    assert not any("No warm process" in one for one in asked["events"])
    assert_reached_nobody(trace.read_text())
    with _step("a simulated week is lived, watched"):
        assert_reached_nobody(lived_week(server))

    backs_up = ("systemctl", "start", "madoguchi-backup")
    assert server.does(*backs_up).returncode != 0, "no mount, no backup"
    for medium in ("madoguchi-backup", "m-a", "m-b", "keys"):
        server.must("mount", "--mkdir", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", f"/mnt/{medium}")
    refused = reader.asked("madoguchi vault add-medium m-a /mnt/m-a --serial S-0001 --by pm1", 1)
    assert server.does(*backs_up).returncode != 0
    refused += server.must("journalctl", "-o", "cat", "-u", "madoguchi-backup")
    for medium in ("m-a", "madoguchi-backup"):
        assert f"Permission denied at /mnt/{medium}/" in refused
    with _step("media are registered, it is backed up, and the backup is tried"):
        reader.follow(6)
    state = json.loads(server.does("madoguchi", "service", "status", "--json").stdout)
    assert state["version"] and state["backup_at"] and state["is_drill_right"], state

    told_of_media = server.root / "etc/systemd/system/madoguchi-web.service.d/media.conf"
    told_of_media.rename(aside := server.root / "srv/media.conf")
    server.must("systemctl", "daemon-reload")
    restarts = ("systemctl", "show", web, "-p", "NRestarts", "--value")
    before = int(server.must(*restarts))
    with _step("killed, it is back"):
        server.must("systemctl", "kill", "--signal=KILL", "--kill-who=main", web)
        for _ in range(120):
            if int(server.must(*restarts)) > before:
                break
            time.sleep(0.5)
        warm_within(server, web, 90)
    assert int(server.must(*restarts)) == before + 1
    assert at_the_desk(server, OWN, "--go")["status"] == "FAILURE"
    assert "Read-only file system: '/mnt/m-a/" in server.must("journalctl", "-o", "cat", "-u", web)
    aside.rename(told_of_media)
    with _step("told of the media, it brings recordings to both"):
        server.must("systemctl", "daemon-reload")
        server.must("systemctl", "restart", web)
        warm_within(server, web, 60)
        assert at_the_desk(server, OWN, "--go")["status"] == "SUCCESS"
    for medium in ("m-a", "m-b"):
        assert ".sealed" in server.must("find", f"/mnt/{medium}", "-type", "f")
    reader.follow(7)
    assert list((server.root / "srv/handover/city").rglob("*.pdf"))

    assert_nobody_is_named(server, password)
    with _step("it boots again without a medium, and serves by itself"):
        server.halt()
        server.boot()
        warm_within(server, web, 90)
    with _step("it serves another machine of the office"):
        authority = certified(server.root / "srv/bundle", "192.0.2.10")
        subprocess.run(server.within("ip", "address", "add", "192.0.2.10/32", "dev", "lo"), check=True)  # fmt: skip
        reader.follow(8)
        warm_within(server, web, 60)
        asks = ("curl", "-sS", "--cacert", authority, "https://192.0.2.10:3000/healthz")
        answer = subprocess.run(server.within(*map(str, asks)), capture_output=True, text=True, timeout=30)  # fmt: skip
        assert answer.stdout.strip() == "ok", answer
    key = (server.root / "etc/madoguchi/tls.key").stat()
    group = server.must("getent", "group", "madoguchi").split(":")[2]
    assert (key.st_uid, str(key.st_gid), key.st_mode & 0o777) == (0, group, 0o640)
    assert_nobody_is_named(server, password)

    reader.asked("./install.sh --uninstall")
    assert server.does("systemctl", "is-active", web).stdout.strip() == "inactive"
    assert list((home / "outbox/weekly").rglob("*.pdf"))
    assert reader.left == []
    named = {*in_passing(GUIDE), *(one.line for one in steps(GUIDE) if not one.content)}
    named -= {one.line for one in steps(GUIDE) if one.section[:1].isdigit()}
    assert {one for one in named if not any(t.startswith(one) for t in reader.typed)} == set(NOT_RUN)  # fmt: skip


def at_the_desk(server: RealServer, password: str, *go: str) -> dict[str, Any]:
    """What the manager sees who logs in at the desk and starts the job that brings recordings to their media."""
    words = ("3000", "mg1", password, MANAGER, "recordings_rotate", "rotate_now", *go)
    client = [sys.executable, "-m", "tests.support.desk_client", *words]
    done = subprocess.run(
        server.within(*client), cwd=ROOT, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def assert_nobody_is_named(server: RealServer, password: str) -> None:
    """No name, secret or telephone number in the journal."""
    journal = server.must("journalctl", "-o", "cat", "-u", "madoguchi-*")
    assert "Started" in journal
    for word in ("架空", OFFICER, CHIEF, MANAGER, password, OWN):
        assert word not in journal
    assert not re.search(r"\b0[0-9]{9,10}\b", journal), "no telephone number"


def certified(folder: Path, address: str) -> Path:
    """A key and its own certificate for an address, as the guide calls them; returns the certificate's place elsewhere."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    now = datetime.now(TOKYO)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "tls.pem").write_bytes(pem)
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "tls.key").write_bytes(key.private_bytes(*private, serialization.NoEncryption()))
    authority = folder.with_name("authority.pem")
    authority.write_bytes(pem)
    return authority


CALLS = "trace=connect,sendto,sendmsg,sendmmsg,bind"


def assert_reached_nobody(trace: str) -> None:
    """No address but this machine's own."""
    assert re.search(r"SIGCHLD|\b(sendto|connect)\(", trace), "whoever was watched did something"
    reached = re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', trace)
    assert {one or other for one, other in reached} <= {"127.0.0.1", "::1"}


def lived_week(server: RealServer) -> str:
    """What a home of its own reached for while it lived from a Monday to the next, by the account of the services."""
    places = {
        "MADOGUCHI_HOME": "/srv/week",
        "MADOGUCHI_KEYS": "/srv/week-keys",
        "MADOGUCHI_CONFIG": "/etc/madoguchi/contract",
    }
    for name in ("MADOGUCHI_HOME", "MADOGUCHI_KEYS"):
        server.must(
            "install", "-d", "-o", "madoguchi", "-g", "madoguchi", "-m", "0700", places[name]
        )
    for day in range(20, 28):
        words = (
            "strace",
            "--seccomp-bpf",
            "-f",
            "-qq",
            "-e",
            CALLS,
            "-o",
            f"/srv/trace-{day}",
            "-u",
            "madoguchi",
        )
        given = (*(f"{name}={value}" for name, value in places.items()), "HOME=/srv/week")
        lived = (
            "/opt/madoguchi/current/bin/madoguchi",
            "run",
            "--as-of",
            f"2023-11-{day}T18:30+09:00",
        )
        done = server.does("env", *given, *words, *lived)
        assert done.returncode in (0, 3), done.stderr[-2000:]
    assert list((server.root / "srv/week/outbox/weekly").rglob("*.pdf")), "the first week's paper"
    return "".join(path.read_text() for path in (server.root / "srv").glob("trace-*"))


def warm_within(server: RealServer, unit: str, seconds: float) -> None:
    """Wait until a unit answers and has its warm process."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.does("systemctl", "is-active", unit).stdout.strip() == "active":
            found = [Path(f"/proc/{pid}/cmdline") for pid in server.pids(unit)]
            if any(
                "orchestration.instance.warm" in one.read_text() for one in found if one.exists()
            ):
                return
        time.sleep(0.5)
    raise AssertionError(server.does("journalctl", "-o", "cat", "-u", unit).stdout[-3000:])


@contextmanager
def traced(server: RealServer, unit: str) -> Iterator[Path]:
    """Whom a unit's processes connect and send to, those too that it starts meanwhile."""
    path = server.root.parent / "trace"
    watched = [word for pid in server.pids(unit) for word in ("-p", str(pid))]
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", CALLS, "-o", str(path), *watched],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1)
    try:
        yield path
    finally:
        tracer.terminate()
        tracer.wait(20)
