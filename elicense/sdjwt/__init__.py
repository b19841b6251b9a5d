"""SD-JWT (RFC 9901) and the licence as SD-JWT VC: what a wallet holds, shows in part, and proves to be its own.

open_sdjwt(text, key)                       the claims of anybody's SD-JWT, disclosures in their places
issue_sdjwt(licence, signer, issuer, ...)   a licence as the SD-JWT VC that one wallet gets
verify_sdjwt(text, trust, status, at, ...)  judge a licence that a wallet shows, as `elicense.verify` does a code
select(sdjwt, names), bind(...)             what a wallet does: keep some items, prove it for one question
"""

from elicense.sdjwt.binding import Asked, bind, bound, select
from elicense.sdjwt.judging import Presented, base_of, types, vct, verify_sdjwt
from elicense.sdjwt.making import issue_sdjwt
from elicense.sdjwt.opening import TYP, Compact, open_sdjwt, split

__all__ = [
    "TYP", "Asked", "Compact", "Presented", "base_of", "bind", "bound", "issue_sdjwt", "open_sdjwt", "select", "split",
    "types", "vct", "verify_sdjwt",
]  # fmt: skip
