"""A stream that is read forwards alone."""

from __future__ import annotations

import io


class Forwards(io.BytesIO):
    """A file of which nothing is read twice; seeking is free until the first read."""

    is_begun = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.is_begun = True
        return super().read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        assert not self.is_begun, "going back in a compressed file is to begin again"
        return super().seek(offset, whence)
