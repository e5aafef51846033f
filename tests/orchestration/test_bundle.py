"""The whole life of an installation, without a network: built, installed, run; backed up, destroyed, restored at another place;
brought to the next version, kept from one that does not answer; taken away. Each step's seconds are printed (`-s`)."""

from __future__ import annotations

import hashlib
import itertools
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

import pytest

from compliance.ground.japan import TOKYO
from tests.homes import AS_OF, ROOT, HomeOnTrial
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
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
def server(unpacked: Path, tmp_path: Path, samples: Path) -> Iterator[RealServer]:
    """A bare Debian with the bundle and what an exchange wrote, booted without a network."""
    if why := lacking():
        if os.environ.get("MADOGUCHI_CI") == "1":
            pytest.fail(why)
        pytest.skip(why)
    with _step("a bare Debian is made"):
        made = RealServer.made(tmp_path / "server")
    shutil.copytree(unpacked, made.root / "srv/bundle")
    shutil.copytree(samples / "pbx", made.root / "srv/pbx")
    try:
        with _step("it is up"):
            made.boot()
        yield made
    finally:
        made.halt()
        shutil.rmtree(made.root, ignore_errors=True)


OFFICER, CHIEF = "架空の合言葉は十分に長くする", "別の架空の合言葉も十分に長い"
SINCE = (datetime.now(TOKYO).date() - timedelta(days=10)).isoformat()
DAYS = ("--reported", SINCE, "--approved", SINCE, "--starts", SINCE)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_bare_server_serves_from_its_first_boot_without_a_network(server: RealServer) -> None:
    web = "madoguchi-web.service"
    assert server.must("ls", "/sys/class/net").split() == ["lo"]
    with _step("it is installed"):
        server.must("/srv/bundle/install.sh")
    assert "this build already" in server.must("/srv/bundle/install.sh")
    contract = server.root / "etc/madoguchi/contract/contract.toml"
    text = contract.read_text("utf-8")
    assert text.count('root = ""') == 1
    contract.write_text(text.replace('root = ""', 'root = "/srv/pbx"'), "utf-8")

    assert server.does("systemctl", "start", web).returncode != 0
    early = server.must("journalctl", "-o", "cat", "-u", web)
    assert "run `madoguchi run`" in early
    server.must("systemctl", "reset-failed")
    assert "/srv/pbx" in server.must("madoguchi", "settings")
    assert server.does("madoguchi", "doctor").returncode in (0, 3)
    with _step("the first run makes the weekly papers"):
        assert server.does("madoguchi", "run").returncode in (0, 3)
    home = server.root / "var/lib/madoguchi"
    assert list((home / "outbox/weekly").rglob("*.pdf"))
    account = server.must("id", "-u", "madoguchi").strip()
    assert {str(path.stat().st_uid) for path in home.rglob("*")} == {account}

    typed = "".join(
        f"{line}\n" for line in ("架空花子", CHIEF, CHIEF, "架空太郎", OFFICER, OFFICER)
    )
    both = (
        "--officer",
        "pm1",
        "--chief",
        "cp1",
        "--trained",
        SINCE,
        "--pledged",
        SINCE,
    )
    server.must("madoguchi", "people", "found", *both, *DAYS, given=typed)
    server.must(
        "madoguchi",
        "people",
        "add",
        "mg1",
        "--role",
        "manager",
        *DAYS,
        "--by",
        "pm1",
        given=f"{OFFICER}\n架空一郎\n",
    )
    server.must("madoguchi", "people", "confirm", "P-0001", "--by", "cp1", given=f"{CHIEF}\ny\n")
    for words in (("train", "mg1", "--on", SINCE), ("pledge", "mg1", "--on", SINCE)):
        server.must("madoguchi", "people", *words, "--by", "pm1", given=f"{OFFICER}\n")
    opened = server.must(
        "madoguchi", "people", "account", "open", "mg1", "--by", "pm1", given=f"{OFFICER}\n"
    )
    password = opened.split()[-1]
    handed = "/var/lib/madoguchi/fingerprints.pdf"
    server.must("madoguchi", "audit", "handover", handed, "--by", "pm1", given=f"{OFFICER}\n")
    assert server.does("madoguchi", "today").returncode in (0, 3)

    units = sorted(
        path.name for path in (server.root / "etc/systemd/system").glob("madoguchi-*.service")
    )
    for unit in units:
        told = server.must("systemd-analyze", "security", unit).splitlines()[-1]
        assert float(re.findall(r"[0-9]+\.[0-9]+", told)[0]) <= 2.0, told
    assert server.must("systemd-analyze", "verify", *units) == ""
    with _step("the service is up"):
        server.must("systemctl", "enable", "--now", web)
        server.must("systemctl", "enable", "--now", "madoguchi-backup.timer")
        server.must("systemctl", "enable", "madoguchi-upgrade", "madoguchi-upgraded")
    warm_within(server, web, 60)
    with traced(server, web) as trace:
        client = [
            sys.executable,
            "-m",
            "tests.support.desk_client",
            "3000",
            "mg1",
            password,
            "recordings_rotate",
            "rotate_now",
        ]
        with _step("somebody logs in and starts a job"):
            done = subprocess.run(
                server.within(*client), cwd=ROOT, capture_output=True, text=True, timeout=200
            )
        assert done.returncode == 0, done.stderr[-2000:]
        asked = json.loads(done.stdout)
        assert asked["status"] == "SUCCESS", asked
        assert set(asked["pages"].values()) == {200}, asked["pages"]
        assert not any("No warm process" in one for one in asked["events"])
    assert_reached_nobody(trace.read_text())
    with _step("a simulated week is lived, watched"):
        assert_reached_nobody(lived_week(server))

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
    assert server.does("systemctl", "start", "madoguchi-backup").returncode != 0, (
        "no mount, no backup"
    )
    mount = ("mount", "--mkdir", "-t", "tmpfs", "-o", "mode=0700,uid=madoguchi", "tmpfs")
    server.must(*mount, "/mnt/madoguchi-backup")
    with _step("it is backed up, and the backup is tried"):
        server.must("systemctl", "start", "madoguchi-backup")
        server.must("systemctl", "start", "madoguchi-drill")
    for medium in ("m-a", "m-b", "keys"):
        server.must(*mount, f"/mnt/{medium}")
    for medium, serial in (("m-a", "S-0001"), ("m-b", "S-0002")):
        words = ("vault", "add-medium", medium, f"/mnt/{medium}", "--serial", serial, "--by", "pm1")
        server.must("madoguchi", *words, given=f"{OFFICER}\n")
    server.must("madoguchi", "keys", "backup", "/mnt/keys", "--by", "pm1", given=f"{OFFICER}\n")
    state = json.loads(server.does("madoguchi", "service", "status", "--json").stdout)
    assert state["version"] and state["backup_at"] and state["is_drill_right"], state

    journal = server.must("journalctl", "-o", "cat", "-u", "madoguchi-*")
    assert "Started" in journal
    for word in ("架空", OFFICER, CHIEF, password):
        assert word not in journal
    assert not re.search(r"\b0[0-9]{9,10}\b", journal), "no telephone number"
    with _step("it boots again, and serves by itself"):
        server.halt()
        server.boot()
        warm_within(server, web, 90)
    assert_the_guide_was_followed(server)
    server.must("/srv/bundle/install.sh", "--uninstall")
    assert server.does("systemctl", "is-active", web).stdout.strip() == "inactive"
    assert list((home / "outbox/weekly").rglob("*.pdf"))


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
        words = ("strace", "-f", "-qq", "-e", CALLS, "-o", f"/srv/trace-{day}", "-u", "madoguchi")
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


def assert_the_guide_was_followed(server: RealServer) -> None:
    """Each command of the guide's sections up to the mistakes was typed at the server."""
    guide = (ROOT / "docs/install.md").read_text("utf-8").partition("## Ten mistakes")[0]
    blocks = re.findall(r"```\n(.+?)```", guide, re.DOTALL)
    lines = [
        one for block in blocks for one in block.splitlines() if not re.match(r"\[|[A-Z]", one)
    ]
    assert len(lines) > 18
    typed = {tuple(Path(word).name for word in words) for words in server.done}
    for line in lines:
        words = [
            Path(word).name for word in itertools.takewhile(lambda one: one[0] != "-", line.split())
        ]
        named = tuple(word for word in words if not re.search("[0-9]{4}", word))
        assert any(set(named) <= set(one) and one[0] == named[0] for one in typed), line


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
