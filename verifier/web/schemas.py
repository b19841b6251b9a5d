"""What the API takes and gives, as strict pydantic models: the edge, and only the edge, checks them.

What is given is made by `verifier.report`; the models describe it for the OpenAPI document, and the tests compare.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, field_validator

from elicense.limits import INSTANT_MAX, INSTANT_MIN, TEXT_CHARS_MAX
from elicense.reason import Reason
from elicense.reason import Shown as HowShown
from verifier.limits import API_PICTURE_BYTES_MAX, BATCH_TEXTS_MAX
from verifier.openid4vp.queries import QUERIES
from verifier.report import PROBLEMS

REF: Final = "#/components/schemas/{model}"
LICENCE: Final = "Licence"

Text = Annotated[
    str, Field(min_length=1, max_length=TEXT_CHARS_MAX, description="Text or link of a code, or its digits.")
]
AskedInstant = Annotated[
    int, Field(ge=0, le=2**33 - 1, description="Judge as of this instant, Unix seconds; absent: now.")
]
Instant = Annotated[int, Field(ge=INSTANT_MIN, le=INSTANT_MAX, description="Unix seconds.")]
Lang = Annotated[Literal["zh", "en"], Field(description="Language of the sentences.")]
Judged = Literal["valid", "invalid", "undetermined"]
Words = Annotated[str, Field(min_length=1)]
Picture = Annotated[
    str,
    Field(
        min_length=1,
        max_length=(API_PICTURE_BYTES_MAX + 2) // 3 * 4,
        pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        description="PNG, JPEG, WebP, GIF, BMP, TIFF or PDF in base64. The picture leaves the device that sends it.",
    ),
]
Secret = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
AnyLicence = Annotated[
    dict[str, Any] | None,
    WithJsonSchema({"anyOf": [{"$ref": REF.format(model=LICENCE)}, {"type": "null"}]}),
    Field(description="Only if it is certain who wrote it."),
]


class Strict(BaseModel):
    """No coercion, no unknown members."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CheckText(Strict):
    """Check the text of one code."""

    text: Text
    at: AskedInstant | None = None
    lang: Lang = "zh"


class CheckPicture(Strict):
    """Check all codes in one picture."""

    picture: Picture
    at: AskedInstant | None = None
    lang: Lang = "zh"


class Batch(Strict):
    """Check many texts at one instant."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=BATCH_TEXTS_MAX)]
    at: AskedInstant | None = None
    lang: Lang = "zh"


class AskWallet(Strict):
    """Ask a wallet one of the ready queries. `same_device`: the wallet sends its holder back to this browser."""

    query: Annotated[str, Field(json_schema_extra={"enum": list(QUERIES)})]
    encrypted: bool = True
    same_device: bool = False

    @field_validator("query")
    @classmethod
    def _ready(cls, query: str) -> str:
        if query not in QUERIES:
            raise ValueError("not a ready query")
        return query


class AskResult(Strict):
    """Ask what became of a request to a wallet. The code is what the wallet brought back on the same device."""

    transaction_id: Secret
    response_code: Secret | None = None


class QrCode(Strict):
    """A QR code to draw: modules on a side with the quiet zone, and the dark ones as the path of an SVG."""

    size: int
    path: Words


class WalletAsked(Strict):
    """A request that was begun. `link` is for a wallet on this device, `code` for one on another."""

    transaction_id: Secret
    link: Words
    code: QrCode
    expires_at: Instant


class WalletTold(BaseModel):
    """What became of a request: `credentials` where it was answered, `error` where the wallet declined."""

    model_config = ConfigDict(strict=True, frozen=True)

    state: Literal["waiting", "answered", "declined", "expired"]
    query: Words


class WalletError(Strict):
    """A refusal as wallets read it (RFC 6749 section 5.2)."""

    error: Words
    error_description: Words


class ReasonTold(Strict):
    """One reason why the licence is not simply valid. `code` is stable, the sentences are not."""

    code: Annotated[str, Field(json_schema_extra={"enum": [reason.code for reason in Reason]})]
    check: Annotated[int, Field(ge=0, le=8, description="The numbered check that found it.")]
    outcome: Literal["invalid", "undetermined"]
    sentence: Words
    action: Words
    detail: Annotated[dict[str, str | int], Field(description="Instants, days, and the address of the status list.")]


class SinceTold(Strict):
    """Of a question about another time: what a newer list says of the licence. It decides nothing."""

    code: Literal["superseded", "suspended", "revoked"]
    list_issued_at: int
    sentence: Words


class NoteTold(Strict):
    """Something a reader should know that changes no outcome."""

    code: Words
    field: Words


class Issuer(Strict):
    """Who signed."""

    id: Words
    name: Words


class Authority(Strict):
    """Who registered."""

    code: Words
    name: Words


class Shown(Strict):
    """How the licence was shown, and when by the clock of the device that showed it."""

    how: Annotated[str, Field(json_schema_extra={"enum": [how.value for how in HowShown]})]
    at: Instant | None


class StatusData(Strict):
    """The status list that was read."""

    uri: Words
    issued_at: Instant
    expires_at: Instant
    age_seconds: Annotated[int, Field(ge=0)]


class Data(Strict):
    """What was judged with, and how old it is."""

    trust_sequence: Annotated[int, Field(ge=1)]
    status_list: StatusData | None


class Report(Strict):
    """The answer about one code. `problem` is there where there was nothing to judge."""

    outcome: Judged | Literal["unreadable"]
    at: Annotated[int, Field(ge=0, description="The instant that was asked about, Unix seconds.")]
    lang: Lang
    heading: Words
    sentence: Words
    action: Words
    reasons: list[ReasonTold]
    notes: list[NoteTold]
    licence: AnyLicence
    issuer: Issuer | None
    authority: Authority | None
    identifier: Words | None
    shown: Shown | None
    data: Data | None
    problem: Annotated[str, Field(json_schema_extra={"enum": list(PROBLEMS)})] = ""
    since: SinceTold | None = None


class Reports(Strict):
    """One report for each code: of `texts` in the order given, of a picture from top to bottom."""

    reports: Annotated[list[Report], Field(min_length=1)]


class Why(Strict):
    """One reason. `code` is stable; `decision` is what it alone would make of the answer."""

    code: Words
    decision: Literal["ask", "no"]
    step: Words
    about: Words
    basis: str
    zh: Words
    en: Words
    fact: Words = ""
    subject: Words = ""


class AboutSince(Strict):
    """What a newer list says of one of the licences; it decides nothing."""

    about: Literal["person", "institution"]
    code: Literal["superseded", "suspended", "revoked"]
    zh: Words
    en: Words


class Answer(Strict):
    """Yes, no or ask, for one profile and one civil day, with every reason in the order of the steps."""

    decision: Literal["yes", "ask", "no"]
    profile: Words
    on: Annotated[str, Field(json_schema_extra={"format": "date"})]
    reasons: list[Why]
    passed: list[Words]
    rules: Words
    since: list[AboutSince] = []


class Health(Strict):
    """Whether judging is possible, and how old the data is."""

    status: Literal["ok", "stale", "unusable"]
    trust_sequence: int | None
    next_update: int | None
    status_lists: Annotated[int, Field(ge=0)]
    last_refresh_failures: Annotated[int, Field(ge=0)]


class Problem(Strict):
    """A refusal (RFC 9457). `code` is stable; nothing of the request is repeated."""

    type: Annotated[str, Field(pattern="^urn:elicense:problem:[a-z0-9-]+$")]
    title: Words
    status: Annotated[int, Field(ge=400, le=599)]
    code: Words
    detail: Words
