"""The machine of electronic keys under any sequence of events: what is lost or revoked never signs again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.account import AccountId
from issuer.domain.officer_key import ElectronicKey, KeyId, KeyState, change, check_holder, opened, state_at
from issuer.domain.refusal import Refusal
from tests.issuer.domain.made import AT, RULES, account

EVENTS = sorted({row.event for row in RULES.key_transitions})
ENDED = {KeyState.LOST, KeyState.REVOKED, KeyState.REFUSED}


def requested() -> ElectronicKey:
    key = ElectronicKey(
        id=KeyId("key-1"),
        account=AccountId("holder"),
        organisation=None,
        state=KeyState.REQUESTED,
        revision=0,
        requested_by=AccountId("keys-1"),
    )
    return opened(key, AT, "request", AccountId("keys-1"))


@given(st.lists(st.sampled_from([*EVENTS, "approve", "activate"]), max_size=20))
def test_an_ended_key_never_comes_back_and_no_key_skips_its_approval(events: list[str]) -> None:
    key, at, ended = requested(), AT, False
    for event in events:
        at += 1
        try:
            key = change(RULES, key, event, AccountId("keys-2"), at)
        except Refusal:
            continue
        ended = ended or key.state in ENDED
        assert not ended or key.state in ENDED
        if key.state is KeyState.ACTIVE:
            assert KeyState.APPROVED in {line.state for line in key.history}
    assert key.revision == len(key.history) - 1
    assert state_at(key, at) is key.state
    for line in key.history:
        assert state_at(key, line.at) is line.state


@pytest.mark.parametrize("state", list(KeyState))
def test_only_the_holders_active_key_counts(state: KeyState) -> None:
    key = ElectronicKey(
        id=KeyId("key-1"),
        account=AccountId("holder"),
        organisation=None,
        state=state,
        revision=0,
        requested_by=AccountId("keys-1"),
    )
    if state is KeyState.ACTIVE:
        assert check_holder(key, account("holder")) is key
    else:
        with pytest.raises(Refusal) as refused:
            check_holder(key, account("holder"))
        assert refused.value.code == f"key-{state}"
    for wrong, who in ((key, "another"), (None, "holder")):
        with pytest.raises(Refusal):
            check_holder(wrong, account(who))
