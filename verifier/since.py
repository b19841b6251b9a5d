"""What has become of a licence since the time that was asked about: a newer list of the folder may say more.

An insurer asks about a day of service and holds the version that was current then. The list of that day decides; that
the version was replaced, suspended or ended later is told beside the answer and changes nothing in it.
"""

from __future__ import annotations

from typing import Final

from elicense.reason import Reason
from elicense.status import StatusList, StatusValue
from elicense.verdict import Finding, Verdict
from elicense.verify import Statuses

_VALUES: Final[dict[int, Reason]] = {
    StatusValue.INVALID: Reason.REVOKED,
    StatusValue.SUSPENDED: Reason.SUSPENDED,
    StatusValue.SUPERSEDED: Reason.SUPERSEDED,
}


def since(verdict: Verdict, newest: Statuses) -> Finding | None:
    """What the newest list says of a licence that was judged by an older one, or by none; None if there is no news."""
    if verdict.licence is None or verdict.issuer is None:
        return None
    listed = newest.get(verdict.issuer.list_uri(verdict.licence.status.list))
    if not isinstance(listed, StatusList) or listed.issuer != verdict.issuer.id:
        return None
    if verdict.status_list is not None and listed.issued_at <= verdict.status_list.issued_at:
        return None
    reason = _VALUES.get(listed.entries.get(verdict.licence.status.index) or 0)
    if reason is None or reason in verdict.reasons:
        return None
    return Finding(reason, {"list_issued_at": listed.issued_at})
