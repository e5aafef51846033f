"""SFTP to a server whose host key is pinned (別紙1-5(1)).

Nothing of ours is offered before the server has proved that it holds the key; no configuration, agent or key of the account
is used. A file is uploaded as `.<name>.part-<digest>`, read back whole, and given its name by the rename of protocol version 3,
which fails where that name is taken: nothing is ever overwritten.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from reporting.delivery.way import Parcel
from reporting.errors import DeliveryInterrupted, DeliveryRefused

if TYPE_CHECKING:
    import asyncssh

BLOCK_BYTES = 1 << 15
"""How much is written at once: what every server takes."""
HOST_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""What a server may prove its key by; SHA-1 is none of them."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SftpWay:
    """One server. `secret` is a private key as OpenSSH writes it, or a password; `timeout` bounds every single step."""

    host: str
    port: int
    user: str
    folder: str
    host_key: str
    secret: bytes
    timeout: float

    def __repr__(self) -> str:
        return f"SftpWay({self.host!r})"

    def look(self) -> str:
        """As `Way.look`."""
        return asyncio.run(self._look())

    def put(self, parcel: Parcel, committing: Callable[[], None]) -> tuple[str, ...]:
        """As `Way.put`; there is no step after which anything is unknown."""
        return asyncio.run(self._put(parcel))

    async def _look(self) -> str:
        async with self._session():
            return f"{self.host}：ホスト鍵は登録のものと一致し、ログインできます。"

    async def _put(self, parcel: Parcel) -> tuple[str, ...]:
        target = PurePosixPath(self.folder) / parcel.place
        async with self._session() as sftp:
            missing = {
                name: content
                for name, content in parcel.files.items()
                if not await self._lies_there(sftp, target / name, content)
            }
            if missing:
                await self._step(sftp.makedirs(str(target), exist_ok=True))
            for name, content in missing.items():
                await self._upload(sftp, target / name, content)
        return tuple(f"{self.host}:{target / name}" for name in parcel.files)

    async def _lies_there(
        self, sftp: asyncssh.SFTPClient, path: PurePosixPath, content: bytes
    ) -> bool:
        """Whether the file is there already.

        Raises:
            DeliveryRefused: another one of that name is.
        """
        import asyncssh

        try:
            found = await self._read(sftp, path, len(content))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return False
        if found != content:
            raise DeliveryRefused(
                f"{path.name} という別のファイルが {self.host} にあります。提出先を確かめてください（上書きしません）。"
            )
        return True

    async def _upload(self, sftp: asyncssh.SFTPClient, path: PurePosixPath, content: bytes) -> None:
        import asyncssh

        part = path.with_name(f".{path.name}.part-{hashlib.sha256(content).hexdigest()[:8]}")
        try:
            await self._write(sftp, part, content)
            is_whole = await self._read(sftp, part, len(content)) == content
        except asyncssh.SFTPError:
            with suppress(asyncssh.SFTPError):
                await self._step(sftp.remove(str(part)))
            raise
        if not is_whole:
            raise DeliveryInterrupted(
                f"{path.name} を {self.host} から読み返すと、送ったものと違います。もう一度実行してください。"
            )
        try:
            await self._step(sftp.rename(str(part), str(path)))
        except asyncssh.SFTPError:
            # an answer that was lost, or somebody who was quicker: what lies there decides
            if not await self._lies_there(sftp, path, content):
                raise
            with suppress(asyncssh.SFTPError):
                await self._step(sftp.remove(str(part)))

    async def _write(self, sftp: asyncssh.SFTPClient, path: PurePosixPath, content: bytes) -> None:
        import asyncssh

        async with self._open(sftp, path, "wb") as file:
            for at in range(0, len(content), BLOCK_BYTES):
                await self._step(file.write(content[at : at + BLOCK_BYTES], at))
            with suppress(asyncssh.SFTPOpUnsupported):
                await self._step(file.fsync())

    async def _read(self, sftp: asyncssh.SFTPClient, path: PurePosixPath, most: int) -> bytes:
        """What lies there, up to one byte more than expected."""
        found = b""
        async with self._open(sftp, path, "rb") as file:
            while len(found) <= most:
                block = await self._step(file.read(BLOCK_BYTES, len(found)))
                if not block:
                    break
                found += block if isinstance(block, bytes) else block.encode()
        return found

    @asynccontextmanager
    async def _open(
        self, sftp: asyncssh.SFTPClient, path: PurePosixPath, mode: str
    ) -> AsyncIterator[asyncssh.SFTPClientFile]:
        """An open file; one that something went wrong with is closed with the connection."""
        file = await self._step(sftp.open(str(path), mode, encoding=None))
        yield file
        await self._step(file.close())

    async def _step(self, step: Awaitable[Result]) -> Result:
        async with asyncio.timeout(self.timeout):
            return await step

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """A session with the one server, its errors as ours."""
        import asyncssh

        refused = (
            asyncssh.SFTPPermissionDenied,
            asyncssh.SFTPNoSuchFile,
            asyncssh.SFTPNoSuchPath,
            asyncssh.SFTPWriteProtect,
            asyncssh.SFTPOpUnsupported,
            asyncssh.ChannelOpenError,
        )
        try:
            async with asyncio.timeout(self.timeout):
                connection = await self._connect()
            try:
                yield await self._step(connection.start_sftp_client())
            finally:
                connection.abort()
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
            raise DeliveryRefused(
                f"{self.host} のホスト鍵が、登録されたもの（host_key）と違います。何も送っていません。"
                "市に確かめるまで提出しないでください。"
            ) from None
        except asyncssh.PermissionDenied:
            raise DeliveryRefused(
                f"{self.host} が {self.user} のログインを拒みました。鍵又はパスワードを確かめてください。"
            ) from None
        except refused as error:
            raise DeliveryRefused(
                f"{self.host} が書込みを拒みました（{type(error).__name__}）。フォルダと権限を市に確かめてください。"
            ) from None
        except (asyncssh.Error, OSError) as error:
            raise DeliveryInterrupted(
                f"{self.host} への送信が中断しました（{type(error).__name__}）。もう一度実行すると続きから送ります。"
            ) from None

    async def _connect(self) -> asyncssh.SSHClientConnection:
        import asyncssh

        is_key = self.secret.startswith(b"-----BEGIN")
        try:
            pinned = asyncssh.import_public_key(self.host_key)
            keys = [asyncssh.import_private_key(self.secret)] if is_key else []
            password = None if is_key else self.secret.decode().rstrip("\r\n")
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, UnicodeDecodeError):
            raise DeliveryRefused(
                f"{self.host} の host_key、又は鍵・パスワードのファイルが読めません。書き直してください。"
            ) from None
        return await asyncssh.connect(
            self.host,
            self.port,
            username=self.user,
            known_hosts=([pinned], [], []),
            server_host_key_algs=_asked_for(pinned),
            client_keys=keys or None,
            password=password,
            preferred_auth=["publickey"] if is_key else ["password"],
            config=None,
            agent_path=None,
            gss_host=None,
            connect_timeout=self.timeout,
            login_timeout=self.timeout,
        )


def _asked_for(pinned: asyncssh.SSHKey) -> list[str]:
    """The pinned key's algorithms first, so that a server with several keys shows that one; the others after them, so that a
    server without it shows another, and is known as another, in the place of hanging up."""
    own = {name.decode() for name in pinned.sig_algorithms}
    return sorted(HOST_KEY_ALGORITHMS, key=lambda name: name not in own)
