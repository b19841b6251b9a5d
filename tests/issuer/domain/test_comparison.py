"""What an officer is shown of a change is all of the change and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from issuer.domain.canonical import Json
from issuer.domain.comparison import compare
from issuer.domain.content import Public, merge
from issuer.domain.kind import Kind
from tests.issuer.services.world import CLINIC, HOSPITAL

FILING: dict[str, Json] = {**CLINIC, "start": "2026-01-01", "end": "2026-12-31"}
contents: st.SearchStrategy[Public] = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["林知远", "林知近"]),
        "sex": st.sampled_from([1, 2]),
        "place": st.sampled_from([460000, 460100]),
        "scopes": st.lists(st.sampled_from([11, 12, 21, 22]), min_size=1, max_size=4, unique=True),
        "institution": st.sampled_from([HOSPITAL, CLINIC]),
        "scope_text": st.sampled_from(["针灸", "推拿"]),
    },
)


@given(contents, contents)
def test_the_lines_are_the_entry_and_what_it_becomes(current: Public, submitted: Public) -> None:
    lines = compare(Kind.PHYSICIAN, current, submitted)
    assert {line.field: line.before for line in lines if line.before is not None} == current
    after = {line.field: line.after for line in lines if line.after is not None}
    assert after == merge(Kind.PHYSICIAN, current, submitted)
    assert {line.field for line in lines if line.changed} == {
        name for name in {**current, **submitted} if current.get(name) != after.get(name)
    }


@given(contents, contents)
def test_the_parts_of_a_list_add_up(current: Public, submitted: Public) -> None:
    for line in compare(Kind.PHYSICIAN, current, submitted):
        if line.field == "scopes":
            assert isinstance(line.after or [], list)
            assert sorted([*line.gone, *line.kept], key=str) == sorted(line.before or [], key=str)  # type: ignore[arg-type]
            assert sorted([*line.new, *line.kept], key=str) == sorted(line.after or [], key=str)  # type: ignore[arg-type]
            assert not {str(part) for part in line.gone} & {str(part) for part in line.new}


def test_a_filing_shows_as_one_more_filing_and_its_end_as_its_change() -> None:
    [line] = [line for line in compare(Kind.PHYSICIAN, {}, {"filing": FILING}) if line.changed]
    assert (line.field, line.gone, line.new) == ("filings", (), (FILING,))
    ended: Public = {"filing_end": {"number": CLINIC["number"], "end": "2026-06-30"}}
    [line] = [line for line in compare(Kind.PHYSICIAN, {"filings": [FILING]}, ended) if line.changed]
    assert line.gone == (FILING,)
    assert line.new == ({**FILING, "end": "2026-06-30"},)


def test_the_end_of_a_filing_that_is_not_there_is_shown_as_submitted() -> None:
    end: Json = {"number": CLINIC["number"], "end": "2026-06-30"}
    [line] = compare(Kind.PHYSICIAN, {}, {"filing_end": end})
    assert (line.field, line.after) == ("filing_end", end)
