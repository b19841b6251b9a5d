"""An offer to a wallet, from its first sight to the credentials in the wallet (OpenID4VCI 1.0, pre-authorized code).

    open → redeemed → requested → issued
      └────────┴──────────┴──────→ closed     by its holder, by a newer offer, by wrong codes, by a refusal

One offer gives one access token, and one access token one batch of copies: the row is the whole state, so that a
second worker or a restart changes nothing. `Fault` are the answers that the texts of OAuth 2.0 (RFC 6749, RFC 6750) and
OpenID4VCI name; nothing of them is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

if TYPE_CHECKING:
    from issuer.domain.account import AccountId
    from issuer.domain.licence_record import LicenceId
    from issuer.domain.registration import RegistrationId

OfferId = NewType("OfferId", str)
WalletCopyId = NewType("WalletCopyId", str)

OFFER_SECONDS: Final = 600
"""How long an offer can be redeemed."""
TOKEN_SECONDS: Final = 300
"""How long an access token opens anything: what is longer counts as long-lived (OpenID4VCI 1.0, section 13.10)."""
NONCE_SECONDS: Final = 300
"""How long a nonce can be used."""
TRIES: Final = 5
"""Wrong transaction codes; with the last one the offer is dead."""
TX_DIGITS: Final = 6
BATCH: Final = 10
"""Copies that a wallet may ask for at once."""
DEFER_SECONDS: Final = 5
"""After how long a wallet may ask again for what was deferred."""


class OfferState(StrEnum):
    """Where an offer stands."""

    OPEN = "open"
    REDEEMED = "redeemed"
    REQUESTED = "requested"
    ISSUED = "issued"
    CLOSED = "closed"


class WalletEvent(StrEnum):
    """What a wallet may tell afterwards."""

    ACCEPTED = "credential_accepted"
    FAILURE = "credential_failure"
    DELETED = "credential_deleted"


class Fault(StrEnum):
    """Every error that a wallet can be answered with, by the names of the texts."""

    INVALID_REQUEST = "invalid_request"
    INVALID_GRANT = "invalid_grant"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - the name of an error
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"


class Declined(Exception):
    """A wallet's request is answered with an error of the texts. `detail` is ASCII and holds nothing of the request."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One offer. `code`, `reference` and `token` are keyed digests; `devices` the keys asked for, as canonical JWKs.

    `client` is the `client_id` that the wallet named at the token endpoint, None if it named none.
    """

    id: OfferId
    registration: RegistrationId
    account: AccountId
    code: bytes
    reference: bytes
    state: OfferState
    tries: int
    created_at: int
    expires_at: int
    client: str | None = None
    token: bytes | None = None
    redeemed_at: int | None = None
    devices: tuple[str, ...] = ()
    requested_at: int | None = None
    issued_at: int | None = None
    fetched_at: int | None = None
    event: WalletEvent | None = None
    closed_at: int | None = None

    def redeemable(self, at: int) -> bool:
        """Whether its code opens anything at `at`."""
        return self.state is OfferState.OPEN and at < self.expires_at

    def token_until(self) -> int:
        """The first instant at which its access token opens nothing any more."""
        return (self.redeemed_at or 0) + TOKEN_SECONDS


class WalletCopyState(StrEnum):
    """intended → active → retired; an intended one that is overtaken is retired without a signature."""

    INTENDED = "intended"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletCopy:
    """One copy of a licence for one key of a wallet, in the form of an SD-JWT.

    `tbs` are the exact bytes to be signed, `disclosures` what the digests in them stand for; `device` is the kid (16
    hex digits) of the wallet's key, `kid` that of the signing key.
    """

    id: WalletCopyId
    offer: OfferId
    registration: RegistrationId
    licence: LicenceId
    place: int
    device: str
    disclosures: tuple[str, ...]
    list: int
    index: int
    tbs: bytes
    token: bytes | None
    state: WalletCopyState
    kid: str
    intended_at: int
    issued_at: int | None = None
