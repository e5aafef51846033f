"""A PDF signed as PAdES B-B (ETSI EN 319 142-1), so that a PDF reader shows whether it was changed.

The signing key is one of ours; its X.509 certificate is made for the signature and signed by itself. Whom it belongs to
is known by the key's fingerprint on paper, not by a certification authority: a reader that asks for one says so.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from compliance.ground.japan import TOKYO
from compliance.keys.signing import SigningKey

FIELD = "Certificate"
_VALID = timedelta(days=3653)


def sign_pdf(pdf: bytes, key: SigningKey, name: str, reason: str, at: datetime) -> bytes:
    """The PDF with one signature over all of it. `name` stands in the certificate, `at` is the moment of signing."""
    from asn1crypto import keys as asn1_keys
    from asn1crypto import x509 as asn1_x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    certificate = asn1_x509.Certificate.load(_self_signed(key, name, at))
    signer = signers.SimpleSigner(
        signing_cert=certificate,
        signing_key=asn1_keys.PrivateKeyInfo.load(key.as_pkcs8()),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        name=name,
    )

    class SignerAt(signers.PdfSigner):
        """Signs at the home's moment, which a simulated clock tells."""

        def init_signing_session(self, *args: Any, **options: Any) -> Any:
            session = super().init_signing_session(*args, **options)
            session.system_time = at.astimezone(TOKYO)
            return session

    class WriterAt(IncrementalPdfFileWriter):
        """Says that the file was last changed at that moment, not at the machine's."""

        def _update_meta(self) -> None:
            super()._update_meta()  # type: ignore[no-untyped-call]  # the library writes the machine's present
            self._meta.last_modified = at.astimezone(TOKYO)
            self.root["/Metadata"].update_xmp_with_meta(self._meta)

    out = io.BytesIO()
    SignerAt(metadata, signer).sign_pdf(WriterAt(io.BytesIO(pdf)), output=out)
    return out.getvalue()


def _self_signed(key: SigningKey, name: str, at: datetime) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    private = serialization.load_der_private_key(key.as_pkcs8(), None)
    short = name.encode("utf-8")[:64].decode("utf-8", "ignore")  # RFC 5280: at most 64
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, short)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())  # type: ignore[arg-type]
        .serial_number(int.from_bytes(bytes.fromhex(key.public.fingerprint)[:16], "big") >> 1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + _VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .sign(private, hashes.SHA256())  # type: ignore[arg-type]
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.DER)
