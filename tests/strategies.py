"""Hypothesis strategies for licences: every field of every kind, also the rare ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from elicense import Filing, InstitutionLicence, InstitutionRef, NurseLicence, PhysicianLicence, StatusRef, period
from elicense.limits import INSTANT_MAX, INSTANT_MIN
from tests.world import signer

_LETTERS = "海口市示例综合医院林知远苏予安龘𬍛㛃·（）、 -ABCxyzÀé0123456789"
texts = st.text(_LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
names = st.text(_LETTERS, min_size=1, max_size=30).map(str.strip).filter(bool)
days = st.dates(dt.date(1990, 1, 1), dt.date(2200, 1, 1))
instants = st.integers(max(INSTANT_MIN, 1_500_000_000), INSTANT_MAX)
codes = st.integers(1, 999)
registration_numbers = st.from_regex(r"[0-9A-Z]{9}[1-8][0-9]{7}[A-Z][0-9]{3}[129]", fullmatch=True).filter(
    lambda number: number.isascii()
)
institutions = st.builds(InstitutionRef, number=registration_numbers, name=names)
statuses = st.builds(StatusRef, list=st.integers(1, 2**16 - 1), index=st.integers(0, 2**24 - 1))
scopes = st.lists(codes, min_size=1, max_size=16, unique=True).map(tuple)
holder_keys = st.one_of(st.none(), st.sampled_from([signer("device a").public_key, signer("device b").public_key]))


@st.composite
def filings(draw: st.DrawFn) -> Filing:
    start = draw(days)
    end = draw(st.one_of(st.none(), st.dates(start, dt.date(2201, 1, 1))))
    kept = draw(st.one_of(st.none(), scopes))
    return Filing(number=draw(registration_numbers), name=draw(names), start=start, end=end, scopes=kept)


_common: dict[str, st.SearchStrategy[Any]] = {
    "version": st.integers(1, 999),
    "name": names,
    "authority": st.integers(0, 2**16 - 1),
    "status": statuses,
    "issued_at": instants,
    "holder_key": holder_keys,
}
_person: dict[str, st.SearchStrategy[Any]] = {
    "sex": st.integers(0, 9),
    "place": st.integers(110_000, 829_999),
    "institution": institutions,
    "filings": st.lists(filings(), max_size=3, unique=True).map(tuple),
}

physicians = st.builds(
    PhysicianLicence,
    number=st.from_regex(r"[0-9]{15}", fullmatch=True).filter(str.isascii),
    level=st.integers(0, 9),
    category=st.integers(0, 9),
    scopes=scopes,
    scope_text=st.one_of(st.none(), texts),
    **_common,
    **_person,
)


@st.composite
def nurses(draw: st.DrawFn) -> NurseLicence:
    registered = draw(st.dates(dt.date(2008, 5, 12), dt.date(2190, 1, 1)))
    until = draw(st.dates(registered + dt.timedelta(days=1), period.years_after(registered, 5)))
    number = f"20{draw(st.integers(0, 99)):02d}46{draw(st.integers(0, 999_999)):06d}"
    values = {name: draw(strategy) for name, strategy in {**_common, **_person}.items()}
    return NurseLicence(number=number, registered_on=registered, valid_until=until, **values)


subject_codes = st.lists(
    st.one_of(
        st.integers(1, 99).map(lambda a: f"{a:02d}"),
        st.tuples(st.integers(1, 99), st.integers(1, 99)).map(lambda p: f"{p[0]:02d}.{p[1]:02d}"),
        st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99)).map(
            lambda p: f"{p[0]:02d}.{p[1]:02d}.{p[2]:02d}"
        ),
    ),
    min_size=1,
    max_size=40,
    unique=True,
).map(tuple)


@st.composite
def hospitals(draw: st.DrawFn) -> InstitutionLicence:
    subjects = draw(subject_codes)
    begins = draw(days)
    return InstitutionLicence(
        number=draw(registration_numbers),
        valid_from=begins,
        valid_until=draw(st.dates(max(begins, dt.date(2002, 1, 1)), dt.date(2201, 1, 1))),
        verified_until=draw(days),
        subjects=subjects,
        subjects_edition=draw(st.sampled_from([1994, 2010])),
        outpatient_only=tuple(sorted(draw(st.sets(st.sampled_from(subjects))))),
        address=draw(texts),
        principal=draw(names),
        legal_representative=draw(st.one_of(st.none(), names)),
        statutory_type=draw(st.one_of(st.none(), st.integers(1, 9_999))),
        grade=draw(st.one_of(st.none(), st.just("三级甲等"))),
        service_object=draw(st.one_of(st.none(), st.integers(0, 9))),
        service_modes=draw(st.lists(codes, max_size=6, unique=True).map(tuple)),
        beds=draw(st.one_of(st.none(), st.integers(0, 99_999))),
        dental_chairs=draw(st.one_of(st.none(), st.integers(0, 99_999))),
        other_names=draw(st.lists(names, max_size=4, unique=True).map(tuple)),
        **{name: draw(strategy) for name, strategy in _common.items()},
    )


licences = st.one_of(physicians, nurses(), hospitals())
