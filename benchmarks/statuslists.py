"""Status lists at the size of a province and of the country: bytes against the entropy of their content, and time.

The entries that are not valid lie at random indexes, as the issuer allocates them: 70 of 100 revoked, 10 suspended,
20 superseded. The entropy is what no encoding can go below on average when the reader knows nothing else. zlib at its
usual strategy, what most libraries do, stands beside the smallest of four, what `elicense.status` does.
"""

from __future__ import annotations

import math
import random
import statistics
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from benchmarks import check, pool
from benchmarks.result import Result, Row, Table, Target, at_most
from benchmarks.timing import Disagreement, Effort, compare
from elicense import Algorithm, Kind, StatusList, open_status_list
from elicense.status import StatusArray, StatusValue, encode_cwt, encode_jwt
from tests import world

SIZES: Final = (1_000_000, 12_000_000)
RATES: Final = (0.001, 0.01, 0.05)
MIX: Final = {StatusValue.INVALID: 0.7, StatusValue.SUSPENDED: 0.1, StatusValue.SUPERSEDED: 0.2}
OPEN_ROUNDS: Final = 9
NUMBER: Final = 1

T = TypeVar("T")


def run(effort: Effort) -> Result:
    """Each size at each rate."""
    sizes = (20_000,) if effort.quick else SIZES
    physicians = pool.make(Kind.PHYSICIAN, Algorithm.ES256, effort.pool)
    bare = compare([check.bare_candidate(physicians)], physicians.names, effort)[0].micros / 1e3
    rows: list[Row] = []
    targets: list[Target] = []
    for size in sizes:
        for rate in RATES:
            row, usual = _row(size, rate, bare)
            rows.append(row)
            what = f"list of {size:,}, {rate:.1%} not valid: bytes, times those of zlib as usual"
            targets.append(at_most(what, 1, round(usual, 3)))
    note = "kB of 1,000 bytes; opening is signature, inflating and checks; ratios of CPU time."
    title = "Signed status lists of two bits an entry"
    return Result(name="status", tables=(Table(title=title, rows=rows, note=note),), targets=targets)


def entropy(size: int, rate: float) -> float:
    """Bytes that a list with this share of entries that are not valid holds on average."""
    bits = -rate * math.log2(rate) - (1 - rate) * math.log2(1 - rate)
    return size / 8 * (bits - rate * sum(share * math.log2(share) for share in MIX.values()))


def values(size: int, rate: float) -> Mapping[int, int]:
    """The entries that are not valid, the same in every run."""
    source = random.Random(f"{size} {rate}")
    indexes = source.sample(range(size), round(size * rate))
    kinds = source.choices(list(MIX), weights=list(MIX.values()), k=len(indexes))
    return dict(zip(indexes, kinds, strict=True))


def _row(size: int, rate: float, bare: float) -> tuple[Row, float]:
    held = world.World()
    trust, uri = held.opened(), held.hainan.list_uri(NUMBER)
    wanted = values(size, rate)
    array, building = _timed(lambda: StatusArray.build(size, wanted))
    when: dict[str, Any] = {"uri": uri, "issued_at": world.T0, "expires_at": world.T0 + world.DAY, "ttl": 900}
    cwt, making = _timed(lambda: encode_cwt(array, held.status_key, **when))
    jwt = encode_jwt(array, held.status_key, **when)
    opened: list[tuple[StatusList, float]] = [
        _timed(lambda: open_status_list(cwt, uri, trust)) for _ in range(OPEN_ROUNDS)
    ]
    _same(opened[0][0], array, wanted)
    opening = statistics.median(spent for _, spent in opened)
    usual, compressing = _timed(lambda: zlib.compress(array.data, 9))
    least = entropy(size, rate)
    framing = len(encode_cwt(StatusArray.build(4, {}), held.status_key, **when))
    row: Row = {
        "entries": size, "not valid": f"{rate:.1%}", "entropy kB": round(least / 1e3, 1),
        "zlib as usual kB": round(len(usual) / 1e3, 1), "CWT kB": round(len(cwt) / 1e3, 1),
        "CWT / entropy": round(len(cwt) / least, 2), "JWT kB": round(len(jwt) / 1e3, 1),
        "build ms": round(building), "make ms": round(making), "open ms": round(opening, 1),
        "make / zlib": round(making / compressing, 1), "open / bare checks": round(opening / bare),
    }  # fmt: skip
    return row, (len(cwt) - framing) / len(usual)


def _same(listed: StatusList, array: StatusArray, wanted: Mapping[int, int]) -> None:
    if listed.entries != array or any(listed.entries.get(index) != value for index, value in wanted.items()):
        raise Disagreement("the opened list says something else than was written")


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and its CPU time in milliseconds."""
    begun = time.process_time()
    made = work()
    return made, (time.process_time() - begun) * 1e3
