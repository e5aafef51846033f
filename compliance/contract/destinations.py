"""Where papers go by themselves: `[[destinations]]` of `contract.toml` (別紙1-5(1)(2), 9).

A destination holds no secret: its password or private key lies in `<home>-keys/destinations/<name>`. What it
names by `permit` is the label under which the city's 許可 stands in the register of permits.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator

from compliance.contract.section import Section

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Patience = Annotated[float, Field(gt=0, le=600)]
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;\"]+@[A-Za-z0-9.-]+$")]
HostKey = Annotated[
    str,
    Field(
        pattern=r"^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) AAAA[A-Za-z0-9+/]+={0,3}$"
    ),
]


def _whole_path(value: str) -> str:
    if value and not PurePath(value).is_absolute():
        raise ValueError(f"{value!r} is no absolute path: write it from the root on")
    return value


class FolderDestination(Section):
    """A folder of this machine. Where it is a share on a network, `permit` says so; blank is a medium."""

    name: Name
    way: Literal["folder"]
    target: str = Field(min_length=1)
    permit: str = ""
    personal_data: bool = False

    @field_validator("target")
    @classmethod
    def _is_whole(cls, value: str) -> str:
        return _whole_path(value)


class SftpDestination(Section):
    """A server that takes files over SSH; only the server that holds `host_key` is one."""

    name: Name
    way: Literal["sftp"]
    target: Host
    port: Port = 22
    user: str = Field(min_length=1)
    folder: str = "."
    host_key: HostKey
    permit: str = Field(min_length=1)
    personal_data: bool = False
    timeout_seconds: Patience = 30


class MailDestination(Section):
    """A mail server that is spoken to under TLS alone; a blank `ca_file` trusts the machine's authorities, a blank `user`
    does not log in. Callers' words never go by mail."""

    name: Name
    way: Literal["smtp"]
    target: Host
    port: Port | None = None
    user: str = ""
    sender: Address
    recipients: tuple[Address, ...] = Field(min_length=1)
    security: Literal["starttls", "tls"] = "starttls"
    ca_file: str = ""
    permit: str = Field(min_length=1)
    personal_data: bool = False
    timeout_seconds: Patience = 30

    @field_validator("ca_file")
    @classmethod
    def _is_whole(cls, value: str) -> str:
        return _whole_path(value)

    @field_validator("personal_data")
    @classmethod
    def _never(cls, value: bool) -> bool:
        if value:
            raise ValueError(
                "callers' words never go by mail: write false, and send such papers by sftp or on a medium"
            )
        return value

    @property
    def known_port(self) -> int:
        """The port, by its kind of security where none is written."""
        return self.port or (465 if self.security == "tls" else 587)


Destination: TypeAlias = Annotated[
    FolderDestination | SftpDestination | MailDestination, Field(discriminator="way")
]
