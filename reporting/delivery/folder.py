"""A folder of this machine: a medium, or what is mounted there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reporting.delivery.way import Parcel
from reporting.errors import DeliveryRefused

WriteDurably = Callable[[Path, bytes], None]
"""The durable writer that the composition root hands in."""


class FolderWay:
    """A folder below which papers lie by kind and period; a full medium is the machine's own error. With `must_exist` it is
    not made: a place where nothing is mounted is no medium."""

    def __init__(self, folder: Path, write: WriteDurably, *, must_exist: bool = False) -> None:
        self._folder = folder
        self._write = write
        self._must_exist = must_exist

    def look(self) -> str:
        """As `Way.look`."""
        if not self._folder.is_dir():
            raise DeliveryRefused(
                f"提出先のフォルダ {self._folder} がありません。接続・マウントを確かめてください。"
            )
        return f"フォルダ {self._folder} があります。"

    def put(self, parcel: Parcel, committing: Callable[[], None]) -> tuple[str, ...]:
        """As `Way.put`; every file is compared once it lies there.

        Raises:
            DeliveryRefused: another file of that name lies there, or the folder is missing.
            OSError: the medium is full, or what was written cannot be read back.
        """
        if self._must_exist:
            self.look()
        target = self._folder / parcel.place
        for name, content in parcel.files.items():
            path = target / name
            if path.exists() and path.read_bytes() != content:
                raise DeliveryRefused(
                    f"{name} という別のファイルが提出先にあります。提出先を確かめてください（上書きしません）。"
                )
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in parcel.files.items():
            if not (target / name).exists():
                self._write(target / name, content)
            if (target / name).read_bytes() != content:
                raise OSError(f"{name} cannot be read back from the medium as it was written.")
        return tuple(str(target / name) for name in parcel.files)
