"""Chinese is the source, English a catalogue: no page shows half of one and half of the other."""

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
