"""The certificates of erasure of a home, with what the city receives beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import HomeDamaged
from compliance.ground.home import Home
from compliance.keys.chain import read_chain
from reporting.erasure.kind import FOLDER


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A file that the city receives with a certificate."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CertificatePapers:
    """A case that has its certificate, with everything that lies beside it."""

    case_id: str
    files: tuple[CertificateFile, ...]


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    """`cases` gives the certified ones, in order; `read` one of their files by the name that `cases` said; `fingerprint` that of
    the first key that signed them, as the city has it on paper, blank before there is one."""

    cases: Callable[[], Sequence[CertificatePapers]]
    read: Callable[[str, str], bytes]
    fingerprint: Callable[[], str]


_VERIFIER = "verify.html"
"""Written last: a case without it has no certificate yet."""


def certificates_of(home: Home) -> CertificateFolder:
    """The certified cases as they lie in the outbox."""
    below = home.outbox / FOLDER

    def cases() -> Sequence[CertificatePapers]:
        return [
            CertificatePapers(page.parent.name, tuple(_file(path) for path in _files(page.parent)))
            for page in sorted(below.glob(f"*/{_VERIFIER}"))
        ]

    def read(case_id: str, name: str) -> bytes:
        path = next((one for one in _files(below / case_id) if one.name == name), None)
        if path is None:
            raise HomeDamaged(f"{name} of {case_id} is gone.")
        return path.read_bytes()

    def fingerprint() -> str:
        keys, _ = read_chain(home.erasure / "keys")
        return keys[0].fingerprint if keys else ""

    return CertificateFolder(cases=cases, read=read, fingerprint=fingerprint)


def _files(folder: Path) -> list[Path]:
    """Plain files of a case's own folder, by name; a link is none, nor what a crash left half-written."""
    found = (path for path in folder.glob("[!.]*") if path.is_file() and not path.is_symlink())
    return sorted(found)


def _file(path: Path) -> CertificateFile:
    content = path.read_bytes()
    return CertificateFile(path.name, len(content), hashlib.sha256(content).hexdigest())
