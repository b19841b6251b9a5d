"""Strict JSON: one reading for every reader, and a bounded time for whatever a stranger sends."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elicense import Reason, Rejected, strictjson

_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)


def _refused(data: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        strictjson.loads(data)
    assert caught.value.reason is Reason.MALFORMED


@given(_VALUES)
def test_what_is_written_is_read_back_and_has_one_form(value: object) -> None:
    data = strictjson.dumps(value)
    assert strictjson.loads(data) == value
    assert strictjson.dumps(json.loads(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        "", "\ufeff{}", '{"a":1,"a":1}', "NaN", "Infinity", "-Infinity", "1.0", "1e3", "9007199254740992", "01", "+1",
        "[1,]", "{'a':1}", '"\n"', "[" * 17 + "]" * 17, "[1] 2", "// x\n1", '"\\x41"', "tru", "９",
        '"\\ud800"', '"\\uDBFF"', '"\\udc00\\ud800"', '{"\\uDfFf":1}', '[["\\ud83d\\\\ude00"]]',
    ],
)  # fmt: skip
def test_what_readers_read_differently_is_refused(text: str) -> None:
    _refused(text.encode())


@pytest.mark.parametrize("data", [b"\xff", b'"\xed\xa0\x80"', b"\x00", '"é"'.encode("utf-16"), '"é"'.encode("latin-1")])
def test_other_encodings_are_refused(data: bytes) -> None:
    _refused(data)


@pytest.mark.parametrize(("text", "value"), [('"\\ud83d\\ude00"', "\U0001f600"), ('"\\\\ud800"', "\\ud800")])
def test_halves_that_make_a_character_and_what_only_looks_like_one_are_read(text: str, value: str) -> None:
    assert strictjson.loads(text.encode()) == value


def test_the_depth_is_bounded_exactly() -> None:
    assert strictjson.loads(b"[" * strictjson.DEPTH_MAX + b"]" * strictjson.DEPTH_MAX) is not None
    assert strictjson.loads(b'{"a":' * strictjson.DEPTH_MAX + b"1" + b"}" * strictjson.DEPTH_MAX) is not None
    _refused(b"[" * (strictjson.DEPTH_MAX + 1) + b"]" * (strictjson.DEPTH_MAX + 1))
    _refused(b"[" + b"[]," * 40 + b"[" * strictjson.DEPTH_MAX + b"]" * strictjson.DEPTH_MAX + b"]")


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 0, -1])
def test_integers_of_53_bits_are_read(number: int) -> None:
    assert strictjson.loads(str(number).encode()) == number
    _refused(str(number + (2**53 if number > 0 else -(2**53))).encode())


def test_brackets_inside_texts_are_no_depth() -> None:
    for text in ("[" * 99, '"' + "[" * 99, "\\" + "{" * 99, "\\\\" * 9 + "[" * 20):
        assert strictjson.loads(strictjson.dumps({text: [text]})) == {text: [text]}


@given(st.one_of(st.binary(max_size=60), st.text('[]{}":,\\u0a \n', max_size=40).map(str.encode)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = strictjson.loads(data)
    except Rejected as refused:
        assert refused.reason is Reason.MALFORMED
    else:
        assert value == json.loads(data)


@pytest.mark.parametrize(
    "data",
    [b'"' + b'\\"' * 500_000, b'"' * 1_000_001, b'"\n' + b'\\"' * 500_000, b'"' + b"\\" * 999_999, b"[" * 1_000_000,
     b'["' + b"\\\n" * 500_000, b'{"":' * 250_000],
    ids=range(7),
)  # fmt: skip
def test_the_time_grows_with_the_length_and_not_with_its_square(data: bytes) -> None:
    """A megabyte takes milliseconds; a search that starts anew at each quotation mark would take hours."""
    began = time.perf_counter()
    _refused(data)
    assert time.perf_counter() - began < 10
