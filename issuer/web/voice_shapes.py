"""What the acts of `voice.` and `board.` answer: an appeal, a rating, the switch of a board. See `shapes`."""

from __future__ import annotations

from issuer.domain import board as boards
from issuer.domain import voice
from issuer.domain.voice import Topic
from issuer.web.shapes import Day, Id, Instant, Revision, Shape


class Appeal(Shape):
    """An appeal 诉求, and its answer once there is one."""

    id: Id
    number: str
    application: Id
    topic: Topic
    text: str
    filed_at: Instant
    due_on: Day | None
    revision: Revision
    answered_at: Instant | None
    answer: str


class Rating(Shape):
    """A rating 评价 of a case."""

    application: Id
    stars: int
    text: str
    rated_at: Instant


class Board(Shape):
    """The switch of an institution's board 院务公开."""

    id: Id
    on: bool
    revision: Revision
    changed_at: Instant


def board(value: boards.Board) -> Board:
    """The switch for who turned it."""
    return Board(id=value.id, on=value.on, revision=value.revision, changed_at=value.changed_at)


def appeal(value: voice.Appeal) -> Appeal:
    """An appeal for its applicant and for the office, without who answered."""
    return Appeal(
        id=value.id,
        number=value.number,
        application=value.application,
        topic=value.topic,
        text=value.text,
        filed_at=value.filed_at,
        due_on=value.due_on,
        revision=value.revision,
        answered_at=value.answered_at,
        answer=value.answer,
    )


def rating(value: voice.Rating) -> Rating:
    """A rating for who gave it."""
    return Rating(application=value.application, stars=value.stars, text=value.text, rated_at=value.rated_at)
