"""Makes the one archive that installs Madoguchi on a server without a network: `dist/madoguchi-<version>-<python>-<platform>.tar.gz`.

What is in it: the wheels that `requirements.lock` names for this Python and platform, each checked against the lock's hashes; the
project's own wheel, built from the files that the repository tracks; `install.sh`, the units, the documents, a contract as an example, the
list of licences, and `SHA256SUMS` over all of it. Two builds of one commit, on the same Python and with the same index, are equal byte
for byte: names are sorted, times are the commit's, owners and modes are set. Another index may hold another wheel of a version for the
platform (the lock permits each of its hashes); then the archive differs, and `SHA256SUMS` says where.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def main() -> None:
    """Build, and say where the archive lies."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    name = f"madoguchi-{version}-{python}-{platform}"
    made_at = int(_git("log", "-1", "--format=%ct"))
    with TemporaryDirectory() as folder:
        tree = Path(folder) / name
        tree.mkdir()
        _furnish(tree, Path(folder) / "source", made_at)
        about = {"version": version, "python": python, "platform": platform}
        (tree / "BUNDLE").write_text("".join(f"{key}={value}\n" for key, value in about.items()))
        (tree / "SHA256SUMS").write_text(
            "".join(f"{digest(path)}  {path.relative_to(tree)}\n" for path in _files(tree))
        )
        target = ROOT / "dist" / f"{name}.tar.gz"
        target.parent.mkdir(exist_ok=True)
        beside = target.with_suffix(".part")
        pack(tree, beside, made_at)
        beside.replace(target)
    print(f"{target.relative_to(ROOT)}  {target.stat().st_size:,} bytes  sha256 {digest(target)}")


def _furnish(tree: Path, source: Path, made_at: int) -> None:
    """Put everything but the sums into the tree; the project's wheel is built from a copy of the tracked files alone."""
    wheels = tree / "wheels"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(made_at), "PYTHONHASHSEED": "0"}
    for tracked in _git("ls-files", "-z").split("\0"):
        if tracked and (ROOT / tracked).is_file():
            copy = source / tracked
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / tracked, copy)
            copy.chmod(0o755 if os.access(ROOT / tracked, os.X_OK) else 0o644)
    lock = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(source / "requirements.lock"))  # fmt: skip
    subprocess.run([*PIP, "download", *lock, "--dest", str(wheels)], check=True, env=environment)  # noqa: S603
    own = ("--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    subprocess.run([*PIP, "wheel", *own], check=True, env=environment)  # noqa: S603
    shutil.copytree(source / "docs", tree / "docs")
    shutil.copyfile(source / "requirements-spark.lock", tree / "docs" / "requirements-spark.lock")
    shutil.copytree(source / "deploy" / "systemd", tree / "systemd")
    for page in ("README.md", "README.ja.md", "CHANGELOG.md"):
        shutil.copyfile(source / page, tree / page)
    shutil.copytree(source / "contracts" / "sapporo-2023", tree / "contract")
    shutil.copyfile(source / "deploy" / "install.sh", tree / "install.sh")
    (tree / "install.sh").chmod(0o755)
    (tree / "LICENCES.tsv").write_text(
        "".join(f"{licence_of(path)}\n" for path in _files(wheels)), encoding="utf-8"
    )


def licence_of(wheel: Path) -> str:
    """Name, version and licence of a wheel, as its own metadata says it; the texts lie in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told: Message = Parser().parsestr(archive.read(name).decode("utf-8"))
    classified = [
        one.rsplit(" :: ", 1)[-1]
        for one in told.get_all("Classifier", [])
        if one.startswith("License ::")
    ]
    first = (str(told.get("License") or "").strip().splitlines() or [""])[0]
    said = told.get("License-Expression") or "; ".join(classified) or first or "not said"
    return "\t".join((str(told["Name"]), str(told["Version"]), str(said)))


def pack(tree: Path, target: Path, made_at: int) -> None:
    """The tree as an archive whose bytes follow from its files and the moment alone (seconds since 1970)."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = made_at
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=made_at) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in _files(tree):
            archive.add(path, f"{tree.name}/{path.relative_to(tree)}", filter=plain)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _git(*words: str) -> str:
    git = ["git", "-C", str(ROOT), *words]
    return subprocess.run(git, check=True, capture_output=True, text=True).stdout  # noqa: S603


if __name__ == "__main__":
    main()
