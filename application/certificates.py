"""The certificates of erasure of a home, with what the city receives beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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


_VERIFIER = "verify.html"
"""Written last: a case without it has no certificate yet."""


@dataclass(frozen=True, slots=True)
class CertificateFolder:
    """The certified cases of a home as they lie in its outbox."""

    home: Home

    def cases(self) -> Sequence[CertificatePapers]:
        """The certified ones, in order."""
        return [
            CertificatePapers(page.parent.name, tuple(_file(path) for path in _files(page.parent)))
            for page in sorted(self._below.glob(f"*/{_VERIFIER}"))
        ]

    def read(self, case_id: str, name: str) -> bytes:
        """A file of a case, by the name that `cases` said.

        Raises:
            HomeDamaged: no such file lies there.
        """
        path = next((one for one in _files(self._below / case_id) if one.name == name), None)
        if path is None:
            raise HomeDamaged(f"{name} of {case_id} is gone.")
        return path.read_bytes()

    def fingerprint(self) -> str:
        """That of the first key that signed them, as the city has it on paper; blank before there is one."""
        keys, _ = read_chain(self.home.erasure / "keys")
        return keys[0].fingerprint if keys else ""

    @property
    def _below(self) -> Path:
        return self.home.outbox / FOLDER


def _files(folder: Path) -> list[Path]:
    """Plain files of a case's own folder, by name; a link is none, nor what a crash left half-written."""
    found = (path for path in folder.glob("[!.]*") if path.is_file() and not path.is_symlink())
    return sorted(found)


def _file(path: Path) -> CertificateFile:
    content = path.read_bytes()
    return CertificateFile(path.name, len(content), hashlib.sha256(content).hexdigest())
