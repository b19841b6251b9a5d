"""What the API takes and gives, as strict pydantic models: the edge, and only the edge, checks them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from elicense.limits import TEXT_CHARS_MAX
from verifier.limits import BATCH_TEXTS_MAX, PICTURE_BYTES_MAX

Text = Annotated[
    str, Field(min_length=1, max_length=TEXT_CHARS_MAX, description="Text or link of a code, or its digits.")
]
Instant = Annotated[int, Field(ge=0, le=2**33 - 1, description="Judge as of this instant, Unix seconds; absent: now.")]
Lang = Annotated[Literal["zh", "en"], Field(description="Language of the sentences.")]
Picture = Annotated[
    str,
    Field(
        min_length=1,
        max_length=PICTURE_BYTES_MAX * 4 // 3 + 4,
        pattern=r"^[A-Za-z0-9+/]+={0,2}$",
        description="PNG, JPEG, WebP, GIF or PDF in base64. The picture leaves the device that sends it.",
    ),
]


class Strict(BaseModel):
    """No coercion, no unknown members."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CheckText(Strict):
    """Check the text of one code."""

    text: Text
    at: Instant | None = None
    lang: Lang = "zh"


class CheckPicture(Strict):
    """Check all codes in one picture."""

    picture: Picture
    at: Instant | None = None
    lang: Lang = "zh"


class Batch(Strict):
    """Check many texts at one instant."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=BATCH_TEXTS_MAX)]
    at: Instant | None = None
    lang: Lang = "zh"


class Reports(Strict):
    """One report for each code, in the order given (schemas/verifier-report.schema.json)."""

    reports: list[dict[str, Any]]


class Health(Strict):
    """Whether judging is possible, and how old the data is."""

    status: Literal["ok", "stale", "unusable"]
    trust_sequence: int | None
    next_update: int | None
    status_lists: int
    last_refresh_failures: int


class Problem(Strict):
    """A refusal (RFC 9457). `code` is stable; nothing of the request is repeated."""

    type: str
    title: str
    status: int
    code: str
    detail: str
