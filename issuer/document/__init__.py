"""The licence as a PDF to keep and print: public fields, its QR code as vectors, and a signature (PAdES B-B) around it.

What makes a licence true is its QR code, judged as any other; the signature of the PDF only says that the file is as
it was made. Each page is marked 演示样本; there is no emblem and no seal. `layout` draws, `signature` signs.
"""

from issuer.document.layout import pdf
from issuer.document.signature import signed

__all__ = ["pdf", "signed"]
