"""Mail under TLS to a server whose certificate is checked (別紙1-5(1)): one mail for each paper, its files attached.

A mail server takes a mail with the last dot of its data. Before that dot nothing was sent; after its answer all is known;
between the two nobody can tell, and such a mail is not sent again by itself. Its Message-ID is made of the
manifest's digest, so that a recipient sees a repetition as one.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

from reporting.delivery.way import Parcel
from reporting.errors import DeliveryInterrupted, DeliveryRefused, DeliveryUnknown

_TYPES = {
    "pdf": ("application", "pdf"),
    "json": ("application", "json"),
    "csv": ("text", "csv"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_DEFINITE = range(400, 600)


@dataclass(frozen=True, slots=True)
class Note:
    """A few lines for people who work here; the same `topic` again is, to its recipient, the same mail."""

    topic: str
    subject: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailWay:
    """One mail server. `is_wrapped`: TLS from the first byte, else STARTTLS; a null `password` does not log in; `timeout`
    bounds every single step."""

    host: str
    port: int
    is_wrapped: bool
    ca_file: str
    user: str
    password: str | None
    sender: str
    recipients: tuple[str, ...]
    timeout: float

    def __repr__(self) -> str:
        return f"MailWay({self.host!r})"

    def look(self) -> str:
        """As `Way.look`."""
        with self._session():
            return f"{self.host}：TLSの証明書を確かめ、接続できます。"

    def put(self, parcel: Parcel, committing: Callable[[], None]) -> tuple[str, ...]:
        """As `Way.put`."""
        self._hand_in(message(parcel, self.sender, self.recipients), committing)
        return tuple(f"{recipient}（{self.host}）" for recipient in self.recipients)

    def tell(self, note: Note) -> None:
        """Send a few lines without a file.

        Raises:
            DeliveryRefused, DeliveryInterrupted, DeliveryUnknown: as `Way.put`.
        """
        self._hand_in(telling(note, self.sender, self.recipients), lambda: None)

    def _hand_in(self, written: EmailMessage, committing: Callable[[], None]) -> None:
        mail = written.as_bytes(policy=SMTP_POLICY)
        with self._session() as server:
            size = [f"size={len(mail)}"] if server.has_extn("size") else []
            self._expect(server.mail(self.sender, size), 250)
            for recipient in self.recipients:
                self._expect(server.rcpt(recipient), 250, 251)
            self._expect(server.docmd("DATA"), 354)
            server.send(dotted(mail))
            committing()
            self._expect(self._finished(server), 250)

    def _finished(self, server: smtplib.SMTP) -> tuple[int, bytes]:
        try:
            server.send(b".\r\n")
            answer = server.getreply()
        except (smtplib.SMTPException, OSError):
            answer = (-1, b"")
        if answer[0] != 250 and answer[0] not in _DEFINITE:
            raise DeliveryUnknown(
                f"{self.host} へメールを送りましたが、受け取ったという答えがありません。届いたかを市に確かめ、"
                "`papers deliver` に --arrived（届いていた）か --not-arrived（届いていない、送り直す）を付けて"
                "実行してください。"
            )
        return answer

    def _expect(self, answer: tuple[int, bytes], *codes: int) -> None:
        """Only the code is looked at and told: a server's words may repeat what was sent."""
        code = answer[0]
        if code in codes:
            return
        if 500 <= code < 600:
            raise DeliveryRefused(
                f"{self.host} がメールを受け付けませんでした（{code}）。あて先と大きさの上限を市に確かめてください。"
            )
        raise DeliveryInterrupted(
            f"{self.host} は今は受け付けていません（{code}）。送っていません。"
        )

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A session under TLS, logged in where there is a password, its errors as ours."""
        try:
            server = self._connected()
            try:
                server.ehlo_or_helo_if_needed()
                if self.user and self.password is not None:
                    server.login(self.user, self.password)
                yield server
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
            finally:
                server.close()
        except ssl.SSLCertVerificationError:
            raise DeliveryRefused(
                f"{self.host} の証明書を確かめられません。何も送っていません。ca_file と、サーバの名を確かめてください。"
            ) from None
        except ssl.SSLError as error:
            if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
                raise DeliveryInterrupted(
                    f"{self.host} がTLSの途中で切断しました。送っていません。もう一度実行してください。"
                ) from None
            raise DeliveryRefused(
                f"{self.host} とTLSで話せません。何も送っていません。security と port を確かめてください。"
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code < 500:
                self._expect((error.smtp_code, b""))
            raise DeliveryRefused(
                f"{self.host} が {self.user} のログインを拒みました。パスワードを確かめてください。"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise DeliveryRefused(
                f"{self.host} はTLS又はログインに対応していません。何も送っていません。"
            ) from None
        except smtplib.SMTPResponseException as error:
            self._expect((error.smtp_code, b""))
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryInterrupted(
                f"{self.host} への送信が中断しました（{type(error).__name__}）。送っていません。もう一度実行してください。"
            ) from None

    def _connected(self) -> smtplib.SMTP:
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except OSError:
            raise DeliveryRefused(
                f"証明書のファイル {self.ca_file} が読めません（ca_file）。"
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.is_wrapped:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            self._expect(server.starttls(context=context), 220)
        except BaseException:
            server.close()
            raise
        return server


def message(parcel: Parcel, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail of a parcel; the same parcel at the same moment gives the same words."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(parcel.at)
    mail["Subject"] = f"提出書類の送付（{parcel.name}）"
    mail["Message-ID"] = f"<{parcel.sha256[:32]}@{sender.rsplit('@', 1)[1]}>"
    names = "\n".join(f"・{name}" for name in parcel.files)
    mail.set_content(
        f"提出書類を送付します。\n\n{names}\n\n"
        "添付のマニフェスト（manifest.json）に、各ファイルの大きさと照合値（SHA-256）があります。\n"
        f"マニフェストの照合値：{parcel.sha256}\n"
    )
    for name, content in parcel.files.items():
        main, sub = _TYPES.get(name.rsplit(".", 1)[-1], ("application", "octet-stream"))
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail


def telling(note: Note, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail of a note."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(note.at)
    mail["Subject"] = note.subject
    topic = hashlib.sha256(note.topic.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{topic}@{sender.rsplit('@', 1)[1]}>"
    mail.set_content(note.text)
    return mail


def dotted(mail: bytes) -> bytes:
    """RFC 5321, 4.5.2: a line that begins with a dot gets another; the last line ends."""
    text = mail if mail.endswith(b"\r\n") else mail + b"\r\n"
    doubled = text.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled
