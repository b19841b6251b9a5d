"""The face of a licence 照面: label and value of everything a reader is shown, in the order of the printed licence.

One list serves the card, the verifier's report and any page, so that they cannot show different things. Codes appear
by their names in the tables; a code that the tables do not have appears as such, marked.
"""

from __future__ import annotations

import csv
import pkgutil
from dataclasses import dataclass
from typing import Final

from elicense import tables
from elicense.licence import InstitutionLicence, Kind, Licence, NurseLicence, PhysicianLicence
from elicense.tables import Lang
from elicense.trust import Issuer

_Value = str | tuple[str, ...]
_COMMA: Final[dict[Lang, str]] = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the face: the field's name in code, its label and its value in one language.

    `items` are the parts of a value that is a list; the sign between them may stand inside a part as well.
    """

    name: str
    label: str
    value: str
    items: tuple[str, ...] = ()


def labels() -> dict[str, dict[Lang, str]]:
    """Every label by the name of its field, from the file that has them."""
    data = pkgutil.get_data("elicense", "data/face_labels.csv")
    rows = csv.DictReader((data or b"").decode("utf-8").splitlines())
    return {row["name"]: {"zh": row["zh"], "en": row["en"]} for row in rows}


_LABELS: Final = labels()


def label(name: str, lang: Lang = "zh") -> str:
    """The label of a field; the name itself if it has none."""
    found = _LABELS.get(name)
    return name if found is None else found[lang]


def title(kind: Kind, lang: Lang = "zh") -> str:
    """The title of a kind of licence."""
    return label(f"kind.{kind.text}", lang)


def rows(licence: Licence, issuer: Issuer, lang: Lang = "zh") -> tuple[Row, ...]:
    """All lines of the face."""
    authority = issuer.by_number.get(licence.authority)
    named: list[tuple[str, _Value]] = [
        *_fields(licence, lang),
        ("authority", authority.name if authority else f"#{licence.authority}"),
        ("issuer", issuer.name),
        ("issued_on", licence.issued_on.isoformat()),
        ("version", f"{licence.version:03d}"),
    ]
    return tuple(_row(name, value, lang) for name, value in named)


def _row(name: str, value: _Value, lang: Lang) -> Row:
    if isinstance(value, str):
        return Row(name, label(name, lang), value)
    return Row(name, label(name, lang), _COMMA[lang].join(value), value)


def subject(licence: InstitutionLicence, code: str, lang: Lang = "zh") -> str:
    """A subject as printed: code, name in the licence's edition, remark."""
    edition = None if licence.subjects_edition is None else str(licence.subjects_edition)
    row = tables.SUBJECTS.by_code(code, edition)
    name = f"{code} {row.name(lang)}" if row else tables.SUBJECTS.label(int(code.replace(".", "")), lang)
    return f"{name} ({label('outpatient', lang)})" if code in licence.outpatient_only else name


def _fields(licence: Licence, lang: Lang) -> list[tuple[str, _Value]]:
    match licence:
        case PhysicianLicence():
            own: list[tuple[str, _Value]] = [
                ("level", tables.LEVELS.label(licence.level, lang)),
                ("category", tables.CATEGORIES.label(licence.category, lang)),
                ("scopes", tuple(tables.SCOPES.label(scope, lang) for scope in licence.scopes)),
                *([("scope_text", licence.scope_text)] if licence.scope_text else []),
            ]
            return _person(licence, own, lang)
        case NurseLicence():
            return _person(licence, [("registered_on", licence.registered_on.isoformat())], lang)
        case InstitutionLicence():
            return _institution(licence, lang)
    return [("name", licence.name), ("number", licence.number)]


def _person(
    licence: PhysicianLicence | NurseLicence, own: list[tuple[str, _Value]], lang: Lang
) -> list[tuple[str, _Value]]:
    filings = tuple(
        f"{filing.name} {filing.start.isoformat()}–{filing.end.isoformat() if filing.end else ''}"
        for filing in licence.filings
    )
    until = licence.valid_until
    return [
        ("name", licence.name),
        ("sex", tables.SEXES.label(licence.sex, lang)),
        ("number", licence.number),
        *own,
        ("place", tables.DIVISIONS.label(licence.place, lang)),
        ("institution", licence.institution.name),
        ("institution_number", licence.institution.number),
        *([("filings", filings)] if licence.filings else []),
        ("valid_until", until.isoformat() if until else label("no_end", lang)),
    ]


def _institution(licence: InstitutionLicence, lang: Lang) -> list[tuple[str, _Value]]:
    of_tables = (
        ("statutory_type", tables.INSTITUTION_TYPES, licence.statutory_type),
        ("ownership", tables.ECONOMIC_TYPES, licence.ownership),
        ("profit_class", tables.PROFIT_CLASSES, licence.profit_class),
        ("service_object", tables.SERVICE_OBJECTS, licence.service_object),
    )
    counts = (("beds", licence.beds), ("dental_chairs", licence.dental_chairs))
    texts: tuple[tuple[str, _Value | None], ...] = (
        ("other_names", licence.other_names),
        ("legal_representative", licence.legal_representative),
        ("grade", licence.grade),
        ("service_modes", tuple(tables.SERVICE_MODES.label(mode, lang) for mode in licence.service_modes)),
    )
    return [
        ("institution_name", licence.name),
        ("registration_number", licence.number),
        ("address", licence.address),
        ("principal", licence.principal),
        *((name, text) for name, text in texts if text),
        *((name, table.label(wire, lang)) for name, table, wire in of_tables if wire is not None),
        *((name, str(count)) for name, count in counts if count is not None),
        ("subjects", tuple(subject(licence, code, lang) for code in licence.subjects)),
        ("valid_from", licence.valid_from.isoformat()),
        ("valid_until", licence.valid_until.isoformat() if licence.valid_until else ""),
        ("verified_until", licence.verified_until.isoformat()),
    ]
