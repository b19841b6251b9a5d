"""Notes, keys and checkpoints: the examples of the texts, one spelling for each, and what strangers send."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense.keys import Algorithm, PublicKey, SoftwareSigner
from issuer.domain import checkpoint, merkle, note
from issuer.domain.checkpoint import Checkpoint, Submission, read_checkpoint, read_submission
from issuer.domain.note import KeyType, Note, NoteBad, VerifierKey, read_key, read_note, signed_by
from tests.issuer.log.parts import START, plain

# The example of the package in which signed notes began (golang.org/x/mod/sumdb/note), made by its code.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
THINK = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# The example of C2SP tlog-cosignature: a checkpoint with its log's line and a witness's. Its keys are not published.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xe"
    "McTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
    "mbIUBkBIfZ+qnA==\n"
).encode()
# The example of C2SP tlog-witness, with the old size and the proof before it.
ASKED = (
    b"old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    b"5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
) + SOFA

LOG = plain(5, signer=SoftwareSigner.from_pkcs8(
    bytes.fromhex("302e020100300506032b657004220420") + hashlib.sha256(b"a log in a test").digest()
))  # fmt: skip
SIGNED = LOG.note(5).to_bytes()
WITNESS = SoftwareSigner.generate(Algorithm.EDDSA)
WITNESS_KEY = VerifierKey(name="witness.example/w1", type=KeyType.WITNESS, key=WITNESS.public_key)


def code(data: bytes, *keys: VerifierKey) -> str:
    """Why a note is refused; empty if it is not."""
    try:
        signed_by(read_note(data), keys or [LOG.key])
    except NoteBad as bad:
        return str(bad)
    return ""


def test_the_example_of_the_first_implementation_verifies() -> None:
    key = read_key(PETER, KeyType.LOG)
    [found] = signed_by(read_note(THINK), [key])
    assert (found.key.name, found.at, key.text) == ("PeterNeumann", None, PETER)
    assert code(THINK.replace(b"problem is", b"problem was"), key) == "signature-bad"


def test_the_examples_of_the_texts_are_read_and_written_back() -> None:
    held = read_note(SOFA)
    said = read_checkpoint(held.text)
    assert (said.origin, said.size, said.extensions) == ("example.com/behind-the-sofa", 20_852_163, ())
    assert held.to_bytes() == SOFA
    assert [(one.name, len(one.value)) for one in held.signatures] == [
        ("example.com/behind-the-sofa", 64),
        ("witness.example.com/w1", 72),
    ]
    assert int.from_bytes(held.signatures[1].value[:8]) == 1_679_315_147, "the time that the text names"
    asked = read_submission(ASKED)
    assert (asked.old, len(asked.proof), asked.checkpoint) == (20_852_014, 4, said)
    assert asked.to_bytes() == ASKED


def test_a_cosignature_covers_time_and_text() -> None:
    line = note.sign(LOG.note(5).text, WITNESS_KEY, WITNESS, START)
    both = note.with_signatures(LOG.note(5), [line])
    assert {one.at for one in signed_by(both, [LOG.key, WITNESS_KEY])} == {None, START}
    assert line.value[:8] == START.to_bytes(8)
    message = f"cosignature/v1\ntime {START}\n{both.text}".encode()
    assert WITNESS.public_key.verify(message, line.value[8:]), "as the text says it, word by word"
    later = note.Signature(name=line.name, id=line.id, value=(START + 1).to_bytes(8) + line.value[8:])
    assert code(note.with_signatures(LOG.note(5), [later]).to_bytes(), WITNESS_KEY) == "signature-bad"


def test_a_key_of_one_kind_is_none_of_the_other() -> None:
    """The same key under the same name: the id differs by kind, so that no line can be read as the other."""
    for one, other in ((KeyType.LOG, KeyType.WITNESS), (KeyType.WITNESS, KeyType.LOG)):
        text = VerifierKey(name="a", type=one, key=WITNESS.public_key).text
        assert read_key(text, one).text == text
        with pytest.raises(NoteBad, match="key-bad"):
            read_key(text, other)


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a+", "a+b+c", PETER + "=", PETER.replace("c74f20a3", "C74F20A3"), PETER.replace("c74", "c75"),
        PETER.replace("PeterNeumann", "Peter Neumann"), PETER.replace("PeterNeumann", ""), PETER[:-4], PETER + "AAAA",
        PETER.replace("+AR", "+AQ"), PETER.replace("PeterNeumann", "Peter\u2003Neumann"), PETER + "\n",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(NoteBad, match="key-bad"):
        read_key(text, KeyType.LOG)


HOSTILE = {
    "nothing": b"",
    "no blank line": SIGNED.replace(b"\n\n", b"\n"),
    "no signature": SIGNED[: SIGNED.index(b"\n\n") + 2],
    "no last newline": SIGNED[:-1],
    "a line too many": SIGNED + b"\n",
    "a CR": SIGNED.replace(b"\n", b"\r\n"),
    "a control character": SIGNED.replace(b"5\n", b"5\x00\n"),
    "not UTF-8": b"\xff" + SIGNED,
    "another dash": SIGNED.replace("—".encode(), b"-"),
    "two blanks": SIGNED.replace("— ".encode(), "—  ".encode()),
    "a plus in the name": SIGNED.replace("— licence".encode(), "— lic+ence".encode()),
    "base64 without padding": SIGNED.replace(b"=\n", b"\n"),
    "base64 with bits left over": SIGNED[:-4] + base64.b64encode(b"\xff\xff")[:2] + b"9=\n",
    "base64 of a URL": SIGNED[:-20] + b"-_" + SIGNED[-18:],
    "a signature too short": SIGNED[: SIGNED.rindex(b" ")] + b" AAAAAA==\n",
    "too many signatures": SIGNED + SIGNED[SIGNED.index("—".encode()) :] * 32,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_note_is_refused(name: str) -> None:
    assert code(HOSTILE[name]) in {"note-malformed", "not-signed"}, name


def test_each_refusal_has_its_code() -> None:
    line = SIGNED[SIGNED.index("—".encode()) :]
    other = VerifierKey(name=LOG.key.name, type=KeyType.LOG, key=WITNESS.public_key)
    renamed = VerifierKey(name="other.example/log", type=KeyType.LOG, key=LOG.key.key)
    assert code(SIGNED) == ""
    assert code(SIGNED + line) == "signed-twice"
    assert code(SIGNED, other) == "not-signed", "another key under this name"
    assert code(SIGNED, renamed) == "not-signed", "this key under another name"
    assert code(b"x" * (note.NOTE_MAX + 1)) == "note-too-large"
    assert code(SIGNED.replace(b"\n5\n", b"\n6\n")) == "signature-bad"
    foreign = Note(text=LOG.note(5).text, signatures=(note.sign(LOG.note(5).text, other, WITNESS),))
    assert code(note.with_signatures(foreign, LOG.note(5).signatures).to_bytes()) == "", (
        "a stranger's line is read past"
    )


ROOT = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "o\n1\n", f"o\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"o\n01\n{ROOT}\n", f"o\n-1\n{ROOT}\n", f"o\n+1\n{ROOT}\n",
        f"o\n1 \n{ROOT}\n", f"o\n1_0\n{ROOT}\n", f"o\n\uff11\n{ROOT}\n", f"o\n{2**63}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n", f"o\n0\n{ROOT}\n", "o\n1\nAAAA\n", f"o\n1\n{ROOT[:-1]}\n", f"o\n1\n{ROOT}\n\n",
        f"o\n1\n{ROOT}\nx\n\ny\n", f"o\n1\n{ROOT}\n" + "x\n" * 17, f"o\n1\n{ROOT.replace('A', ' ', 1)}\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteBad, match="checkpoint-malformed"):
        read_checkpoint(text)


def test_extension_lines_are_read_and_never_signed_by_a_log_of_ours() -> None:
    said = read_checkpoint(f"o\n1\n{ROOT}\nmore\n")
    assert (said.extensions, said.text) == (("more",), f"o\n1\n{ROOT}\nmore\n")
    assert checkpoint.is_checkpoint(f"o\n1\n{ROOT}\n".encode())
    assert not checkpoint.is_checkpoint(said.text.encode())


@pytest.mark.parametrize(
    "head",
    [
        b"", b"old\n\n", b"old 1\n\n\n", b"old 01\n\n", b"old -1\n\n", b"old 6\n\n", b"OLD 1\n\n", b"old 1\nAAAA\n\n",
        b"old 0\n" + ROOT.encode() + b"\n\n", b"old 1\n" + (ROOT.encode() + b"\n") * 64 + b"\n", b"old 1\r\n\r\n",
        b"old \xd9\xa1\n\n",
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused(head: bytes) -> None:
    with pytest.raises(NoteBad):
        read_submission(head + SIGNED)


origins = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)
hashes = st.binary(min_size=32, max_size=32)


@given(origins, st.integers(1, 2**63 - 1), hashes, st.integers(0, 2**63 - 1), st.lists(hashes, max_size=63))
def test_what_is_written_is_read_back(origin: str, size: int, root: bytes, old: int, proof: list[bytes]) -> None:
    value = Checkpoint(origin=origin, size=size, root=root)
    assert read_checkpoint(value.text) == value
    held = Note(text=value.text, signatures=(note.sign(value.text, LOG.key, LOG.signer),))
    assert read_note(held.to_bytes()) == held
    asked = Submission(old=min(old, size), proof=tuple(proof) if min(old, size) else (), note=held, checkpoint=value)
    assert read_submission(asked.to_bytes()) == asked


@given(st.binary(max_size=300))
def test_nothing_that_is_sent_does_more_than_be_refused(data: bytes) -> None:
    for read in (read_note, read_submission):
        with pytest.raises(NoteBad):
            read(data)
    checkpoint.is_checkpoint(data)
    checkpoint.is_cosigned(data)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_byte_of_a_signed_note_can_be_another(place: int, change: int) -> None:
    """Not even a spelling: what still verifies is nothing but the same bytes."""
    assert code(SIGNED[:place] + bytes([SIGNED[place] ^ change]) + SIGNED[place + 1 :]) != ""


def test_the_empty_log_has_the_root_of_nothing() -> None:
    assert read_checkpoint(checkpoint.empty("o").text).root == merkle.EMPTY


def test_a_key_of_another_curve_signs_no_notes() -> None:
    other = SoftwareSigner.generate(Algorithm.ES256).public_key
    with pytest.raises(NoteBad, match="key-bad"):
        VerifierKey(name="a", type=KeyType.LOG, key=other)
    assert isinstance(other, PublicKey)
