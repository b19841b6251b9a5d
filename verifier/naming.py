"""The fields of a licence in words: labels in two languages, codes by their names in the tables."""

from __future__ import annotations

from elicense import tables
from elicense.licence import InstitutionLicence, Licence, NurseLicence, PhysicianLicence
from elicense.verdict import Verdict
from verifier import texts
from verifier.texts import Lang

_COMMA = {"zh": "、", "en": ", "}


def rows(verdict: Verdict, lang: Lang) -> list[tuple[str, str]]:
    """Label and value of everything a reader is shown, in the order of the printed licence."""
    licence, issuer = verdict.licence, verdict.issuer
    if licence is None or issuer is None:
        return []
    named = [(texts.kind(licence.kind.text, lang), licence.number)]
    named += [(texts.field(name, lang), value) for name, value in _fields(licence, lang)]
    authority = verdict.authority
    named.append((texts.field("authority", lang), authority.name if authority else f"#{licence.authority}"))
    named.append((texts.field("issuer", lang), issuer.name))
    named.append((texts.field("issued_on", lang), licence.issued_on.isoformat()))
    named.append((texts.field("version", lang), f"{licence.version:03d}"))
    if verdict.identifier is not None:
        named.append((texts.field("identifier", lang), str(verdict.identifier)))
    return named


def _fields(licence: Licence, lang: Lang) -> list[tuple[str, str]]:
    if isinstance(licence, PhysicianLicence):
        return _person(licence, lang, _physician(licence, lang))
    if isinstance(licence, NurseLicence):
        return _person(licence, lang, [("registered_on", licence.registered_on.isoformat())])
    if isinstance(licence, InstitutionLicence):
        return _institution(licence, lang)
    return [("name", licence.name)]


def _person(licence: PhysicianLicence | NurseLicence, lang: Lang, own: list[tuple[str, str]]) -> list[tuple[str, str]]:
    until = licence.valid_until
    filings = _COMMA[lang].join(
        f"{filing.name} {filing.start.isoformat()}–{filing.end.isoformat() if filing.end else ''}"
        for filing in licence.filings
    )
    return [
        ("name", licence.name),
        ("sex", tables.SEXES.label(licence.sex, lang)),
        *own,
        ("place", tables.DIVISIONS.label(licence.place, lang)),
        ("institution", f"{licence.institution.name} ({licence.institution.number})"),
        *([("filings", filings)] if filings else []),
        ("valid_until", until.isoformat() if until else texts.field("no_end", lang)),
    ]


def _physician(licence: PhysicianLicence, lang: Lang) -> list[tuple[str, str]]:
    scopes = _COMMA[lang].join(tables.SCOPES.label(scope, lang) for scope in licence.scopes)
    own = [
        ("level", tables.LEVELS.label(licence.level, lang)),
        ("category", tables.CATEGORIES.label(licence.category, lang)),
        ("scopes", scopes),
    ]
    return own if licence.scope_text is None else [*own, ("scope_text", licence.scope_text)]


def _institution(licence: InstitutionLicence, lang: Lang) -> list[tuple[str, str]]:
    optional = (
        ("legal_representative", licence.legal_representative),
        ("statutory_type", licence.statutory_type and tables.INSTITUTION_TYPES.label(licence.statutory_type, lang)),
        ("grade", licence.grade),
        ("service_object", licence.service_object and tables.SERVICE_OBJECTS.label(licence.service_object, lang)),
        ("service_modes", _COMMA[lang].join(tables.SERVICE_MODES.label(each, lang) for each in licence.service_modes)),
        ("beds", licence.beds),
        ("dental_chairs", licence.dental_chairs),
        ("other_names", _COMMA[lang].join(licence.other_names)),
    )
    return [
        ("institution_name", licence.name),
        ("address", licence.address),
        ("principal", licence.principal),
        *((name, str(value)) for name, value in optional if value not in (None, "")),
        ("subjects", _COMMA[lang].join(subject(licence, code, lang) for code in licence.subjects)),
        ("valid_from", licence.valid_from.isoformat()),
        ("valid_until", licence.valid_until.isoformat() if licence.valid_until else ""),
        ("verified_until", licence.verified_until.isoformat()),
    ]


def subject(licence: InstitutionLicence, code: str, lang: Lang) -> str:
    """A subject as printed: code, name in the licence's edition, remark."""
    edition = None if licence.subjects_edition is None else str(licence.subjects_edition)
    row = tables.SUBJECTS.by_code(code, edition)
    name = f"{code} {row.name(lang)}" if row else tables.SUBJECTS.label(int(code.replace(".", "")), lang)
    return f"{name} ({texts.field('outpatient', lang)})" if code in licence.outpatient_only else name
