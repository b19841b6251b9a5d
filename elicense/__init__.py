"""Verifiable electronic licences of physicians, nurses and medical institutions: the pure core.

No file is read, no connection opened, no clock asked: bytes, keys and instants come in as arguments.

    >>> from elicense import check_text, open_trust_list
    >>> trust = open_trust_list(trust_bytes, anchor)            # the list of issuers, signed by root keys
    >>> lists = {uri: open_status_list(status_bytes, uri, trust)}
    >>> verdict = check_text("https://elicense.example/v#8405...", trust, lists, at=1_795_420_800)
    >>> verdict.outcome, verdict.reasons                        # Outcome.VALID, ()

The formats are described in docs/format.md. These are demonstration licences, not legal ones.
"""

from elicense.errors import ElicenseError, NotAccepted, Rejected
from elicense.issue import Prepared, issue, prepare, seal
from elicense.keys import Algorithm, PublicKey, Signer, SoftwareSigner
from elicense.licence import (
    Filing,
    InstitutionLicence,
    InstitutionRef,
    Kind,
    Licence,
    NurseLicence,
    PhysicianLicence,
    StatusRef,
)
from elicense.presentation import Challenge, Replays, present
from elicense.reason import Outcome, Reason, Shown
from elicense.scope import Answer, Decision, Question, may
from elicense.status import StatusList, StatusValue, open_status_list
from elicense.trust import Anchor, Issuer, TrustList, open_trust_list
from elicense.verdict import Finding, Verdict
from elicense.verify import check_text, verify

__all__ = [
    "Algorithm",
    "Anchor",
    "Answer",
    "Challenge",
    "Decision",
    "ElicenseError",
    "Filing",
    "Finding",
    "InstitutionLicence",
    "InstitutionRef",
    "Issuer",
    "Kind",
    "Licence",
    "NotAccepted",
    "NurseLicence",
    "Outcome",
    "PhysicianLicence",
    "Prepared",
    "PublicKey",
    "Question",
    "Reason",
    "Rejected",
    "Replays",
    "Shown",
    "Signer",
    "SoftwareSigner",
    "StatusList",
    "StatusRef",
    "StatusValue",
    "TrustList",
    "Verdict",
    "check_text",
    "issue",
    "may",
    "open_status_list",
    "open_trust_list",
    "prepare",
    "present",
    "seal",
    "verify",
]
