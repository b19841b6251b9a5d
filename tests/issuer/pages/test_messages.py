"""Chinese is the source, English a catalogue: no page shows half of one and half of the other."""

from issuer.web.pages.language import brief
from tests.issuer.pages.messages import catalogue, catalogues, lacking, used


def test_every_sentence_has_its_english() -> None:
    assert [message.id for message in lacking()] == []


def test_the_catalogue_holds_nothing_that_no_page_says() -> None:
    held = used()
    assert [message.id for message in catalogue() if message.id and held.get(message.id) is None] == []


def test_values_stand_in_both() -> None:
    wrong = [
        message.id
        for message in catalogue()
        if isinstance(message.id, str) and isinstance(message.string, str)
        if {part.split(")")[0] for part in message.id.split("%(")[1:]}
        != {part.split(")")[0] for part in message.string.split("%(")[1:]}
    ]
    assert wrong == []


def test_a_sentence_stands_in_one_catalogue_only() -> None:
    said = [message.id for part in catalogues() for message in part if message.id]
    assert sorted({str(one) for one in said if said.count(one) > 1}) == []


def test_ids_are_shortened_and_words_are_not() -> None:
    assert brief("reg-9bee9b09d326faa16c8e25ab2d736154") == "reg-9bee9b09d326…"
    for words in (
        "核对身份证件，补充材料的真实性需要现场核验，故查阅",
        "short",
        "",
        "a purpose in words that is rather long",
    ):
        assert brief(words) == words
