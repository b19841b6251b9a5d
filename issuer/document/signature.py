"""The signature of the PDF: PAdES baseline B-B (ETSI EN 319 142-1), made by pyHanko with a key that stays in the vault.

No time-stamp and no chain to a known authority: who trusts the certificate, and when it was signed, is for others to
say. Nothing is fetched. The file may not be changed after it in any way (certification, no changes allowed).
"""

from __future__ import annotations

import asyncio
import datetime
import io
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner

from issuer.vault import KeyRefused

if TYPE_CHECKING:
    from elicense.keys import Signer

FIELD: Final = "elicense"
_RESERVED: Final = 8_192
"""Bytes left free for the signature, so that its length does not move anything."""
_DER_MAX: Final = 72
_HALF: Final = 32


class _Vaulted(CmsSigner):
    """Asks the vault's signer, and checks what it gave."""

    def __init__(self, signer: Signer, certificate: bytes) -> None:
        [own] = load_certs_from_pemder_data(certificate)
        super().__init__(signing_cert=own)
        self._key = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's
        """The signature over the signed attributes, as DER. Raises KeyRefused if it is not good."""
        if dry_run or digest_algorithm != "sha256":
            return bytes(_DER_MAX)
        raw = self._key.sign(data)
        if not self._key.public_key.verify(data, raw):
            raise KeyRefused("the document key gave a bad signature")
        return encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))


def signed(pdf: bytes, signer: Signer, certificate: bytes, at: int) -> bytes:
    """Return the PDF with the signature of a document key. `at` is the time that it states, Unix seconds.

    Raises KeyUnavailable, KeyRefused.
    """
    held = io.BytesIO(pdf)
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason="演示样本 DEMONSTRATION SAMPLE",
    )
    maker = PdfSigner(metadata, _Vaulted(signer, certificate))
    with ThreadPoolExecutor(1) as apart:  # the library is asynchronous, and this thread may have a loop of its own
        output = apart.submit(asyncio.run, _signed(maker, IncrementalPdfFileWriter(held), at)).result()
    output.seek(0)
    return bytes(output.read())


async def _signed(maker: PdfSigner, writer: IncrementalPdfFileWriter, at: int) -> IO[bytes]:
    session = maker.init_signing_session(writer)
    session.system_time = datetime.datetime.fromtimestamp(at, tz=datetime.UTC)
    bound = session.prepare_tbs_document(validation_info=None, bytes_reserved=_RESERVED)
    digest, output = bound.digest_tbs_document()
    says = PdfCMSSignedAttributes(signing_time=session.system_time)
    await bound.perform_signature(document_digest=digest.document_digest, pdf_cms_signed_attrs=says)
    return output
