"""Attacks on the offline folder: whatever is changed, taken away or put back, nothing becomes valid by it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elicense import Anchor, Outcome, Reason, Rejected
from elicense.trust import Purpose, TrustList, sign_trust_list
from tests.world import DAY, HOUR, T0, World, physician, signer
from verifier import Checker, Folder
from verifier.folder import FolderBad

PLACES = ("anchor.json", "trust-list.json", "marks.json")


def asked(folder: Folder, world: World, at: int = T0, **changes: int) -> tuple[Outcome | None, tuple[Reason, ...]]:
    """What a clinic would be told about the physician's licence, by a folder that is loaded anew."""
    report = Checker(folder.load()).check_text(world.link(physician(**changes)), at=at)
    return report.outcome, report.reasons


def files_of_lists(folder: Folder) -> list[Path]:
    return sorted((folder.path / "status").glob("*/*.*wt"))


def later(world: World, number: int = 8, **changes: object) -> TrustList:
    return dataclasses.replace(world.trust(), sequence=number, issued=T0 + HOUR, **changes)  # type: ignore[arg-type]


def refused(act: Callable[[], object]) -> Reason:
    with pytest.raises(Rejected) as caught:
        act()
    return caught.value.reason


def unusable(folder: Folder) -> tuple[Reason, str]:
    with pytest.raises(FolderBad) as caught:
        folder.load()
    return caught.value.reason, caught.value.detail


def test_a_good_folder_answers(folder: Folder, world: World) -> None:
    """Without this the attacks below would prove nothing."""
    assert asked(folder, world) == (Outcome.VALID, ())


# ---------------------------------------------------------------- the trust list


def test_an_older_trust_list_is_neither_taken_nor_used_when_it_is_put_back_by_hand(
    folder: Folder, world: World
) -> None:
    old = (folder.path / "trust-list.json").read_bytes()
    folder.put_trust_list(world.signed_trust(later(world)))
    assert refused(partial(folder.put_trust_list, old)) is Reason.TRUST_ROLLED_BACK
    (folder.path / "trust-list.json").write_bytes(old)
    assert unusable(folder)[0] is Reason.TRUST_ROLLED_BACK
    assert refused(partial(folder.put_trust_list, old)) is Reason.TRUST_ROLLED_BACK
    folder.put_trust_list(world.signed_trust(later(world)))
    assert folder.load().trust.sequence == 8


def test_two_lists_with_one_sequence_number_cannot_both_be_right(folder: Folder, world: World) -> None:
    other = world.signed_trust(world.trust(world.hainan))
    assert refused(partial(folder.put_trust_list, other)) is Reason.TRUST_ROLLED_BACK
    (folder.path / "trust-list.json").write_bytes(other)
    assert unusable(folder)[0] is Reason.TRUST_ROLLED_BACK


def test_another_signature_on_the_same_list_is_the_same_list(folder: Folder, world: World) -> None:
    """The third root key may sign later."""
    folder.put_trust_list(sign_trust_list(world.trust(), world.roots))
    assert asked(folder, world) == (Outcome.VALID, ())


def test_a_list_that_was_issued_earlier_is_older_whatever_its_number(folder: Folder, world: World) -> None:
    earlier = dataclasses.replace(later(world), issued=T0 - DAY)
    assert refused(partial(folder.put_trust_list, world.signed_trust(earlier))) is Reason.TRUST_ROLLED_BACK


def compromised(world: World, at: int = T0) -> TrustList:
    marked = world.key(world.licence_key, Purpose.LICENCE, compromised_from=at)
    hainan = dataclasses.replace(world.hainan, keys=(marked, *world.hainan.keys[1:]))
    return dataclasses.replace(later(world), issuers=(hainan, world.other))


@pytest.mark.parametrize("damaged", [False, True], ids=["", "the file of the marked list is damaged"])
def test_a_compromise_mark_stays(folder: Folder, world: World, damaged: bool) -> None:
    """Not to be taken away by a list that lost it, nor moved later, even if the list that had it is lost."""
    folder.put_trust_list(world.signed_trust(compromised(world)))
    assert asked(folder, world, T0 + HOUR) == (Outcome.INVALID, (Reason.KEY_COMPROMISED,))
    if damaged:
        (folder.path / "trust-list.json").write_bytes(b"{}")
    for wrong in (later(world, 9), dataclasses.replace(compromised(world, T0 + DAY), sequence=9)):
        assert refused(partial(folder.put_trust_list, world.signed_trust(wrong))) is Reason.TRUST_ROLLED_BACK
        if not damaged:
            kept = (folder.path / "trust-list.json").read_bytes()
            (folder.path / "trust-list.json").write_bytes(world.signed_trust(wrong))
            assert unusable(folder)[0] is Reason.TRUST_ROLLED_BACK
            (folder.path / "trust-list.json").write_bytes(kept)
    folder.put_trust_list(world.signed_trust(dataclasses.replace(compromised(world, T0 - DAY), sequence=9)))
    assert asked(folder, world, T0 + HOUR) == (Outcome.INVALID, (Reason.KEY_COMPROMISED,))


def test_a_damaged_trust_list_is_mended_by_the_next_one(folder: Folder, world: World) -> None:
    """It must not end all refreshing for ever."""
    (folder.path / "trust-list.json").write_bytes(b"\0")
    assert unusable(folder)[0] is Reason.TRUST_BAD
    folder.put_trust_list(world.signed_trust())
    assert asked(folder, world) == (Outcome.VALID, ())


def test_too_few_signatures_change_nothing(folder: Folder, world: World) -> None:
    few = world.signed_trust(later(world), world.roots[0])
    assert refused(partial(folder.put_trust_list, few)) is Reason.TRUST_BAD
    assert folder.load().trust.sequence == 7


# ---------------------------------------------------------------- root keys


def test_root_keys_change_by_a_list_that_the_old_threshold_signed_too(folder: Folder, world: World) -> None:
    fresh = tuple(signer(f"new root {i}") for i in range(3))
    anchor = Anchor(threshold=2, keys=tuple(root.public_key for root in fresh))
    changed = later(world, anchor=anchor)
    for too_few in ((*fresh[:2],), (*fresh[:2], world.roots[0]), (*world.roots[:2], fresh[0])):
        data = sign_trust_list(changed, too_few)
        assert refused(partial(folder.put_trust_list, data)) is Reason.TRUST_BAD
    assert folder.anchor()[0] == world.anchor
    folder.put_trust_list(sign_trust_list(changed, (*world.roots[:2], *fresh[:2])))
    assert folder.anchor()[0] == anchor
    assert asked(folder, world, T0 + HOUR) == (Outcome.VALID, ())
    old_way = later(world, 9, anchor=world.anchor)
    assert refused(partial(folder.put_trust_list, world.signed_trust(old_way))) is Reason.TRUST_BAD
    folder.put_trust_list(sign_trust_list(dataclasses.replace(changed, sequence=9), fresh[1:]))
    assert folder.load().trust.sequence == 9


def test_a_power_cut_between_list_and_anchor_is_healed_by_the_same_list(folder: Folder, world: World) -> None:
    fresh = tuple(signer(f"new root {i}") for i in range(3))
    anchor = Anchor(threshold=2, keys=tuple(root.public_key for root in fresh))
    data = sign_trust_list(later(world, anchor=anchor), (*world.roots[:2], *fresh[:2]))
    (folder.path / "trust-list.json").write_bytes(data)
    assert asked(folder, world, T0 + HOUR) == (Outcome.VALID, ())
    folder.put_trust_list(data)
    assert folder.anchor()[0] == anchor


# ---------------------------------------------------------------- status lists


def test_an_older_status_list_does_not_bring_a_licence_back(folder: Folder, world: World) -> None:
    """The licence is revoked; the list from before is put back in every way."""
    old, uri = world.status_token(T0), world.hainan.list_uri(1)
    world.values[101] = 1
    folder.put_status_list(world.status_token(T0 + HOUR), uri, folder.load().trust)
    assert asked(folder, world, T0 + HOUR) == (Outcome.INVALID, (Reason.REVOKED,))
    assert refused(partial(folder.put_status_list, old, uri, folder.load().trust)) is Reason.STATUS_ROLLED_BACK
    _, newest = files_of_lists(folder)
    newest.unlink()
    assert asked(folder, world, T0 + HOUR) == (Outcome.UNDETERMINED, (Reason.STATUS_ROLLED_BACK,))
    newest.write_bytes(old)
    assert asked(folder, world, T0 + HOUR) == (Outcome.UNDETERMINED, (Reason.STATUS_ROLLED_BACK,))


def test_another_list_of_the_same_second_is_refused(folder: Folder, world: World) -> None:
    """Which of two is the newer cannot be known; issuers date each list later than the one before."""
    world.values[101] = 1
    uri = world.hainan.list_uri(1)
    assert refused(partial(folder.put_status_list, world.status_token(T0), uri, folder.load().trust)) is (
        Reason.STATUS_ROLLED_BACK
    )
    world.values.clear()
    folder.put_status_list(world.status_token(T0, cwt=False), uri, folder.load().trust)  # the same list as a JWT
    assert asked(folder, world) == (Outcome.VALID, ())


@pytest.mark.parametrize("what", ["newest", "all", "the folder of the list", "the folder of all lists"])
def test_deleting_lists_never_makes_a_revoked_licence_valid(folder: Folder, world: World, what: str) -> None:
    world.values[101] = 1
    folder.put_status_list(world.status_token(T0 + HOUR), world.hainan.list_uri(1), folder.load().trust)
    found = files_of_lists(folder)
    assert len(found) == 2
    if what.startswith("the folder"):
        shutil.rmtree(found[0].parent if "all" not in what else folder.path / "status")
    else:
        for path in found[-1:] if what == "newest" else found:
            path.unlink()
    outcome, reasons = asked(folder, world, T0 + HOUR)
    assert outcome is Outcome.UNDETERMINED
    assert reasons[0] in (Reason.STATUS_BAD, Reason.STATUS_ROLLED_BACK)


def test_a_list_never_seen_is_unknown(folder: Folder, world: World) -> None:
    status = dataclasses.replace(physician().status, list=2)
    report = Checker(folder.load()).check_text(world.link(physician(status=status)), at=T0)
    assert report.reasons == (Reason.STATUS_UNKNOWN,)


@pytest.mark.parametrize(
    "change",
    [
        {"signer": signer("other status")},
        {"signer": signer("licence")},
        {"signer": signer("nobody")},
        {"uri": "http://127.0.0.1:8080/status/2"},
        {"uri": "http://127.0.0.1:8080/beijing/status/1"},
        {"issued_at": T0 - 400 * DAY},
    ],
    ids=["another province", "a licence key", "nobody", "another number", "another address", "before the key"],
)
def test_a_list_of_somebody_else_is_neither_taken_nor_used(
    folder: Folder, world: World, change: dict[str, Any]
) -> None:
    wrong = world.status_token(T0 + HOUR, **change)
    uri = world.hainan.list_uri(1)
    assert refused(partial(folder.put_status_list, wrong, uri, folder.load().trust)) is Reason.STATUS_BAD
    (held,) = files_of_lists(folder)
    held.write_bytes(wrong)
    assert asked(folder, world) == (Outcome.UNDETERMINED, (Reason.STATUS_BAD,))


def test_a_list_from_the_future_does_not_shut_out_all_that_come_before_it(folder: Folder, world: World) -> None:
    """One key in the wrong hands, or one wrong clock, must not stop a province for ever."""
    uri, trust = world.hainan.list_uri(1), folder.load().trust
    future = world.status_token(T0 + 3_000 * DAY)
    assert refused(partial(folder.put_status_list, future, uri, trust, T0)) is Reason.STATUS_BAD
    folder.put_status_list(world.status_token(T0 + 120), uri, trust, T0)
    assert asked(folder, world) == (Outcome.VALID, ())


def test_files_that_say_nothing_hide_nothing(folder: Folder, world: World) -> None:
    """Junk beside a list, also with a name that promises a newer one, takes no answer away."""
    (held,) = files_of_lists(folder)
    held.with_name(f"{T0 + DAY}.cwt").write_bytes(b"junk")
    held.with_name(f"{T0 + 2 * DAY}.cwt").mkdir()
    held.with_name("uri").write_bytes(b"\xff")
    held.with_name(f"{T0 + 3 * DAY}.jwt").write_bytes(held.read_bytes())  # a good list under a false name
    held.with_name("9" * 200 + ".cwt").write_bytes(b"")
    (folder.path / "status" / "stranger").write_bytes(b"")
    assert asked(folder, world) == (Outcome.VALID, ())


def test_history_is_bounded(folder: Folder, world: World) -> None:
    """Each list keeps its newest thousand versions; here the names of a thousand older ones are made up."""
    (held,) = files_of_lists(folder)
    for number in range(1_000):
        held.with_name(f"{T0 - 1_000 + number}.cwt").write_bytes(b"")
    folder.put_status_list(world.status_token(T0 + 1), world.hainan.list_uri(1), folder.load().trust)
    names = [path.name for path in files_of_lists(folder)]
    assert len(names) == 1_000
    assert names[-2:] == [f"{T0}.cwt", f"{T0 + 1}.cwt"]


# ---------------------------------------------------------------- anchor, marks, files as such


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "other", "folder", "huge", "not JSON", "a list"])
def test_a_damaged_folder_is_unusable_and_says_so(folder: Folder, name: str, how: str) -> None:
    path = folder.path / name
    data = path.read_bytes()
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "huge":
        with path.open("wb") as file:
            file.truncate(2**40)
    elif how != "gone":
        changed = {"empty": b"", "cut": data[:-5], "other": b"{}", "not JSON": b"\xff\xfe", "a list": b"[1]"}
        path.write_bytes(changed[how])
    reason, detail = unusable(folder)
    assert reason in (Reason.TRUST_BAD, Reason.TRUST_ROLLED_BACK)
    assert name in detail or "init" in detail or "refresh" in detail


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": True}, {"sequence": -1}, {"sequence": "7"}, {"issued": None}, {"newest": []}, {"digest": 1},
        {"lists": []}, {"lists": {"u": "1"}}, {"lists": {"u": True}}, {"lists": {"u": -1}},
        {"compromised": {"k": None}}, {"compromised": 1}, {"extra": 1},
    ],
    ids=str,
)  # fmt: skip
def test_marks_are_never_read_in_part(folder: Folder, change: dict[str, object]) -> None:
    """A mark that cannot be read is not a mark that is not there."""
    path = folder.path / "marks.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}), "utf-8")
    assert unusable(folder)[0] is Reason.TRUST_ROLLED_BACK


@pytest.fixture(scope="module")
def ended(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose newest list says that the licence is revoked, and whose oldest does not."""
    path = shutil.copytree(filled, tmp_path_factory.mktemp("ended") / "lists")
    folder, world = Folder(path), World(values={101: 1})
    folder.put_status_list(world.status_token(T0 + HOUR), world.hainan.list_uri(1), folder.load().trust)
    return path


@given(st.data())
@settings(max_examples=60)
def test_no_change_of_any_byte_makes_an_ended_licence_valid(
    ended: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whoever changes files at random gets no green."""
    folder = Folder(shutil.copytree(ended, tmp_path_factory.mktemp("changed") / "lists"))
    path = data.draw(st.sampled_from([*(folder.path / name for name in PLACES), *files_of_lists(folder)]), "file")
    held = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        held[data.draw(st.integers(0, len(held) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del held[data.draw(st.integers(0, len(held))) :]
    path.write_bytes(bytes(held))
    try:
        outcome, _ = asked(folder, World(), T0 + HOUR)
    except FolderBad:
        return
    assert outcome is not Outcome.VALID


def test_a_folder_in_use_is_not_pinned_anew(folder: Folder, world: World) -> None:
    before = (folder.path / "anchor.json").read_bytes()
    with pytest.raises(FileExistsError):
        folder.create(world.anchor, "https://elsewhere.example/trust")
    assert (folder.path / "anchor.json").read_bytes() == before


def test_an_anchor_that_leads_nowhere_is_still_an_anchor(tmp_path: Path, world: World) -> None:
    """A dangling link in its place is no invitation to pin other keys."""
    folder = Folder(tmp_path)
    (tmp_path / "anchor.json").symlink_to(tmp_path / "gone")
    with pytest.raises(FileExistsError):
        folder.create(world.anchor, "https://elsewhere.example/trust")


def test_entity_tags_are_of_no_other_use(folder: Folder) -> None:
    """Damaged, they are none at all."""
    folder.put_tags({"a": '"1"'})
    assert folder.tags() == {"a": '"1"'}
    for wrong in (b"", b"[]", b"{", b'{"a": 1}'):
        (folder.path / "tags.json").write_bytes(wrong)
        assert folder.tags() == {}
