"""Passwords: what one must be, how it is kept (Argon2id, RFC 9106), a first one that somebody can read out.

A password is normalised (NFKC), so that it is the same however a keyboard or an input method writes it. It is kept as a
PHC string with its parameters and a salt of its own; comparing takes the same time whatever is wrong.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from compliance.keys.guessable import is_guessable

MIN_LENGTH, MAX_LENGTH, MIN_DISTINCT = 12, 128, 5
_MEMORY_KIB, _ITERATIONS, _LANES, _SALT_BYTES, _HASH_BYTES = 1 << 16, 3, 4, 16, 32
"""RFC 9106, 4: the second recommended choice."""
_ONE_AT_A_TIME = threading.Lock()
"""OpenSSL refuses some of several that derive at once in one process ("not enough memory"), and each takes 64 MiB."""
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters that look alike."""
_GROUPS, _GROUP = 5, 4


def normalised(password: str) -> str:
    """The one form in which a password counts."""
    return unicodedata.normalize("NFKC", password)


def problems(password: str, staff_id: str) -> Iterator[str]:
    """Why a password cannot be one, in Japanese, for whoever chose it; empty where it can."""
    plain = normalised(password)
    if len(plain) < MIN_LENGTH:
        yield f"パスワードは{MIN_LENGTH}文字以上にしてください。"
    if len(plain) > MAX_LENGTH or len(password) > MAX_LENGTH:
        yield f"パスワードは{MAX_LENGTH}文字以内にしてください。"
    if any(unicodedata.category(one)[0] == "C" for one in plain):
        yield "パスワードに、表示されない文字が含まれています。"
    rest = plain.casefold().replace(normalised(staff_id).casefold(), "")
    if len(plain) >= MIN_LENGTH and len(rest) < MIN_LENGTH // 2:
        yield "職員番号をパスワードにしないでください。"
    elif len(plain) >= MIN_LENGTH and len(set(rest)) < MIN_DISTINCT:
        yield "同じ文字の繰返しをパスワードにしないでください。"
    elif MIN_LENGTH <= len(plain) <= MAX_LENGTH and is_guessable(plain, staff_id):
        yield "よく使われる言葉や並びなので、すぐに当てられます。関係のない言葉を三つ以上つなげてください。"


def hash_password(password: str) -> str:
    """A password as it is kept: `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`."""
    with _ONE_AT_A_TIME:
        return _argon(secrets.token_bytes(_SALT_BYTES)).derive_phc_encoded(_bytes(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that is kept. Null (there is none) takes the same work and is false."""
    with _ONE_AT_A_TIME:
        if kept is None:
            _argon(bytes(_SALT_BYTES)).derive(_bytes(password))
            return False
        try:
            Argon2id.verify_phc_encoded(_bytes(password), kept)
        except (InvalidKey, ValueError):
            return False
        return True


def first_password() -> str:
    """A random password of about 99 bits that can be read out and typed."""
    return "-".join(
        "".join(secrets.choice(_LEGIBLE) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(
        salt=salt,
        length=_HASH_BYTES,
        iterations=_ITERATIONS,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )


def _bytes(password: str) -> bytes:
    # surrogates can be typed into a form, and are no text
    return normalised(password[: 4 * MAX_LENGTH]).encode("utf-8", "surrogatepass")
