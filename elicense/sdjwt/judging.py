"""A licence that a wallet shows, as SD-JWT VC: the same numbered checks and reasons as for a printed code, one answer.

    (1) shape       compact form; alg, kid and typ in the header; every disclosure stands for one digest
    (2) key         a key id of the trust list, its algorithm
    (3) signature
    (4) claims      what may not be hidden is there and nothing else is open; each item shown is one that the kind has
    (5) authority   may this key certify this kind, and could it when the copy was made; the area if the place is shown
    (6) period      `exp` and what is shown of days, on the civil day of `at`
    (7) status      the list of the same register entry as that of the printed code
    (8) holder      key binding, to this verifier and for this question

1 to 5 stop at the first failure, 6 to 8 all run. What is hidden cannot be checked: an institution that keeps
`verified_until` to itself is not told to be overdue, and an area is not looked at where the place is not shown. Who
needs to know asks for it.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from elicense import claims as licence_claims
from elicense import period
from elicense.errors import Rejected
from elicense.fields import BadValue, Coder
from elicense.keys import KeyBad, PublicKey
from elicense.licence import Kind
from elicense.limits import IAT_SKEW_SECONDS, INSTANT_MAX, INSTANT_MIN, SDJWT_SALT_CHARS_MIN, X5C_MAX
from elicense.reason import Outcome, Reason
from elicense.sdjwt.binding import Asked, bound
from elicense.sdjwt.opening import TYP, Compact, processed, split
from elicense.status import StatusList
from elicense.trust import LIST_PLACEHOLDER, Candidate, Issuer, Purpose, TrustList
from elicense.verdict import Finding
from elicense.verify import Statuses, status_of

VERSION: Final = 1
"""Version of the types: the last part of `vct`."""
OPEN: Final = frozenset({"iss", "iat", "exp", "nbf", "vct", "cnf", "status"})
"""Claims that no wallet can hide (SD-JWT VC, section on claims; `status` and `cnf` with all they hold)."""
_HEADER: Final = frozenset({"alg", "kid", "typ", "x5c"})
_KID: Final = re.compile("[0-9a-f]{16}")
_DAYS: Final = ("valid_until",)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """The answer about what a wallet showed, at one instant (`at`, Unix seconds).

    `kind`, `issuer` and `claims` are there only when checks 1 to 5 passed. `claims` are the items shown, by the names
    of the JSON form of a licence. `bound` says that this holder showed it for this question. It is no boolean.
    """

    at: int
    findings: tuple[Finding, ...]
    trust_sequence: int
    kind: Kind | None = None
    issuer: Issuer | None = None
    claims: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    status_list: StatusList | None = None
    bound: bool = False

    @property
    def outcome(self) -> Outcome:
        """Invalid if any finding says so, else undetermined if any does, else valid."""
        if not self.findings and self.kind is not None:
            return Outcome.VALID
        if any(finding.reason.outcome is Outcome.INVALID for finding in self.findings):
            return Outcome.INVALID
        return Outcome.UNDETERMINED

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons in the order in which the checks found them."""
        return tuple(finding.reason for finding in self.findings)

    def __bool__(self) -> bool:
        raise TypeError("three outcomes: ask for .outcome")


def base_of(issuer: Issuer) -> str:
    """The address of an issuer, as `iss` of its copies has it: where its status lists are, without their path."""
    return issuer.status_uri.removesuffix(f"/status/{LIST_PLACEHOLDER}")


def vct(base: str, kind: Kind) -> str:
    """The type of a kind's copies at an issuer: an address at which it is described."""
    return f"{base}/vct/{kind.text}/{VERSION}"


def types(trust: TrustList, kind: Kind) -> tuple[str, ...]:
    """The types of a kind at every issuer that may certify it: what a verifier asks wallets for."""
    return tuple(vct(base_of(issuer), kind) for issuer in trust.issuers if kind in issuer.kinds)


def verify_sdjwt(text: str, trust: TrustList, status: Statuses, at: int, *, asked: Asked | None = None) -> Presented:
    """Judge an SD-JWT VC of a licence. Never raises for anything in `text`.

    With `asked` only a presentation that its holder made for this audience and nonce will do. Without, as when a wallet
    takes what an issuer sends, a proof that nobody asked for is none.
    """
    try:
        compact = split(text)
        candidate = _signer(compact, trust, at)
        _same_key(compact.jwt.header, candidate)
        told = _told(processed(compact, salt_chars=SDJWT_SALT_CHARS_MIN), compact.jwt.payload)
        kind = _kind(told, candidate.issuer)
        shown = _shown(told, kind)
        place = _authority(candidate, kind, told, shown)
        list_number, index = _place(told, candidate.issuer)
        holder = _holder_key(told)
    except Rejected as refused:
        return Presented(at=at, findings=(Finding(refused.reason),), trust_sequence=trust.sequence)
    findings: list[Finding] = []
    if at >= trust.next_update:
        findings.append(Finding(Reason.TRUST_STALE, {"next_update": trust.next_update}))
    _period(told, place, at, findings)
    listed = status_of(candidate.issuer.list_uri(list_number), index, candidate.issuer, status, at, findings)
    is_bound = asked is not None and bound(compact, holder, asked, at)
    if not is_bound and (asked is not None or compact.key_binding is not None):
        findings.append(Finding(Reason.HOLDER_PROOF_BAD))
    return Presented(
        at=at, findings=tuple(findings), trust_sequence=trust.sequence, kind=kind, issuer=candidate.issuer,
        claims=MappingProxyType(shown), status_list=listed, bound=is_bound,
    )  # fmt: skip


def _signer(compact: Compact, trust: TrustList, at: int) -> Candidate:
    """Checks 1 to 3. With a stale trust list an unknown issuer is not yet a false one."""
    header = compact.jwt.header
    if header.get("typ") != TYP:
        raise Rejected(Reason.TYPE_WRONG)
    if header.keys() - _HEADER:
        raise Rejected(Reason.HEADER_UNKNOWN)
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise Rejected(Reason.MALFORMED, "kid is 16 hexadecimal digits")
    found = [one for one in trust.by_kid.get(bytes.fromhex(kid), ()) if one.key.purpose is Purpose.LICENCE]
    if not found:
        raise Rejected(Reason.TRUST_STALE if trust.stale(at) else Reason.ISSUER_UNKNOWN)
    able = [one for one in found if one.key.key.algorithm.jose == header["alg"]]
    if not able:
        raise Rejected(Reason.ALGORITHM_BAD)
    for one in able:
        if compact.jwt.signed_by(one.key.key):
            return one
    raise Rejected(Reason.SIGNATURE_BAD)


def _same_key(header: Mapping[str, Any], candidate: Candidate) -> None:
    """Check 1, certificates: the first is of the key that signed, else the header speaks of two keys.

    Nothing else of them is looked at, neither chain nor days nor names: what a key may do, and when, the trust list
    says. No certificate is parsed before the signature was verified.
    """
    if "x5c" not in header:
        return
    match header["x5c"]:
        case [str(), *_] as chain if len(chain) <= X5C_MAX:
            try:
                leaf = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True))
                if PublicKey.from_native(leaf.public_key()) == candidate.key.key:
                    return
            except (ValueError, KeyBad, UnsupportedAlgorithm, x509.InvalidVersion, UserWarning):
                pass
    raise Rejected(Reason.MALFORMED, "x5c does not begin with a certificate of the key that signed")


def _told(told: dict[str, Any], signed: Mapping[str, Any]) -> dict[str, Any]:
    """Check 4, what everybody sees: times, type, status and holder's key, each in the open and of its shape."""
    if any(signed.get(name) != told[name] for name in OPEN & told.keys()):
        raise Rejected(Reason.CLAIMS_BAD, "a claim, or a part of one, that may not be hidden")
    match told:
        case {"iss": str(), "iat": int() as iat, "vct": str(), "cnf": {"jwk": dict()}, "status": dict()}:
            times = [iat, *(told[name] for name in ("exp", "nbf") if name in told)]
            if all(type(one) is int and INSTANT_MIN <= one <= INSTANT_MAX for one in times):
                return told
    raise Rejected(Reason.CLAIMS_BAD, "a claim that may not be hidden is missing or not acceptable")


def _kind(told: Mapping[str, Any], issuer: Issuer) -> Kind:
    base = base_of(issuer)
    kind = next((kind for kind in Kind if told["vct"] == vct(base, kind)), None)
    if told["iss"] != base or kind is None:
        raise Rejected(Reason.TYPE_WRONG, "iss and vct are not those of the issuer whose key signed")
    return kind


@functools.cache
def _coders(kind: Kind) -> Mapping[str, Coder]:
    """How each item of a kind is checked, by its name."""
    coders = {held.name: held.coder for _, held, _ in licence_claims.form_of(kind).fields}
    return MappingProxyType(coders | dict.fromkeys(_DAYS, licence_claims.DAY))


def _shown(told: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Check 4, what the holder shows: items that the kind has, each acceptable to its field."""
    coders = _coders(kind)
    shown = {name: value for name, value in told.items() if name not in OPEN}
    try:
        for name, value in shown.items():
            if name not in coders:
                raise Rejected(Reason.CLAIMS_UNKNOWN)
            coders[name].from_json(value)
    except (BadValue, TypeError):
        raise Rejected(Reason.CLAIMS_BAD, "an item is not acceptable") from None
    ends = told.get("exp")
    if "valid_until" in shown and period.day_ends(dt.date.fromisoformat(shown["valid_until"])) != ends:
        raise Rejected(Reason.CLAIMS_BAD, "exp is not the end of valid_until")
    return {name: shown[name] for name in coders if name in shown}


def _authority(
    candidate: Candidate, kind: Kind, told: Mapping[str, Any], shown: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Check 5: what the items shown say."""
    key = candidate.key
    if key.compromised_from is not None:
        raise Rejected(Reason.KEY_COMPROMISED)
    if kind not in candidate.issuer.kinds:
        raise Rejected(Reason.KEY_NOT_FOR_KIND)
    if "place" in shown and not candidate.issuer.covers(shown["place"]):
        raise Rejected(Reason.KEY_NOT_FOR_AREA)
    if not key.covers(told["iat"]):
        raise Rejected(Reason.KEY_NOT_THEN)
    return shown


def _place(told: Mapping[str, Any], issuer: Issuer) -> tuple[int, int]:
    """Number of the status list and index in it: only a list of the issuer itself will do."""
    match told["status"]:
        case {"status_list": {"idx": int() as index, "uri": str() as uri, **more}, **others} if not more and not others:
            before, _, after = issuer.status_uri.partition(LIST_PLACEHOLDER)
            number = uri.removeprefix(before).removesuffix(after)
            plain = number.isascii() and number.isdigit() and len(number) < 10
            if plain and issuer.list_uri(int(number)) == uri and type(index) is int and index >= 0:
                return int(number), index
    raise Rejected(Reason.CLAIMS_BAD, "status is not an entry of a list of this issuer")


def _holder_key(told: Mapping[str, Any]) -> PublicKey:
    try:
        if told["cnf"].keys() != {"jwk"} or "d" in told["cnf"]["jwk"]:
            raise KeyBad("not one public key")
        return PublicKey.from_jwk(told["cnf"]["jwk"])
    except KeyBad:
        raise Rejected(Reason.CLAIMS_BAD, "cnf is not a public key that is used here") from None


def _period(told: Mapping[str, Any], shown: Mapping[str, Any], at: int, findings: list[Finding]) -> None:
    """Check 6. `iat` is the day on which the copy was made."""
    if max(told["iat"], told.get("nbf", 0)) > at + IAT_SKEW_SECONDS:
        findings.append(Finding(Reason.ISSUED_LATER, {"issued_at": told["iat"]}))
    ends = told.get("exp")
    if ends is not None and at >= ends:
        findings.append(Finding(Reason.EXPIRED, {"valid_until": period.civil_day(ends - 1).isoformat()}))
    if "valid_from" in shown and at < period.day_begins(dt.date.fromisoformat(shown["valid_from"])):
        findings.append(Finding(Reason.NOT_YET_VALID, {"valid_from": shown["valid_from"]}))
    if "verified_until" in shown and at >= period.day_ends(dt.date.fromisoformat(shown["verified_until"])):
        findings.append(Finding(Reason.VERIFICATION_OVERDUE, {"verified_until": shown["verified_until"]}))
