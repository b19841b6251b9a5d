// Written by `python -m verifier.web.made` from elicense; change it there.
export const LIMITS = {
  "qr_digits": 1100,
  "text_chars": 4096,
  "token_bytes": 1024,
  "cose_bytes": 16777216,
  "payload_depth": 8,
  "json_depth": 16,
  "trust_list_bytes": 4194304,
  "trust_signatures": 16,
  "status_token_bytes": 8388608,
  "status_list_bytes": 4194304,
  "iat_skew": 120,
  "clock_skew": 120,
  "instant_min": 1000000000,
  "instant_max": 8589934591,
  "day_min": 0,
  "day_max": 99420,
  "name_chars": 64,
  "divisions": [110000, 829999],
};
export const PATTERNS = {"code": "[0-9A-Z]{6,32}", "type_code": "[0-9A-Z]{18}[0-9]{3}"};
export const TEXT_PATTERN = "^[!-~·À-ÖØ-öø-ɏ—‘’“”…、。《》〇（），：；㐀-䶿一-鿿﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧-﨩𠀀-𯟿𯨠-𿿽]([ !-~·À-ÖØ-öø-ɏ—‘’“”…、。《》〇（），：；㐀-䶿一-鿿﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧-﨩𠀀-𯟿𯨠-𿿽]*[!-~·À-ÖØ-öø-ɏ—‘’“”…、。《》〇（），：；㐀-䶿一-鿿﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧-﨩𠀀-𯟿𯨠-𿿽])?$";
export const EMPTY_BRACKETS = "（(?:名单时间 |应于  前更新|有效期至 | 起有效)?）| \\((?:list of |due by |valid until |valid from )?\\)";
export const TRUST_TYP = "elicense-trust+jwt";
export const JWT_TYP = "statuslist+jwt";
export const CWT_TYP = "application/statuslist+cwt";
export const NURSE_YEARS = 5;
export const REASONS = {
  "too-large": {"check": 1, "outcome": "invalid"},
  "malformed": {"check": 1, "outcome": "invalid"},
  "type-wrong": {"check": 1, "outcome": "invalid"},
  "header-unknown": {"check": 1, "outcome": "invalid"},
  "disclosure-bad": {"check": 1, "outcome": "invalid"},
  "issuer-unknown": {"check": 2, "outcome": "invalid"},
  "algorithm-bad": {"check": 2, "outcome": "invalid"},
  "signature-bad": {"check": 3, "outcome": "invalid"},
  "claims-bad": {"check": 4, "outcome": "invalid"},
  "claims-unknown": {"check": 4, "outcome": "invalid"},
  "key-not-for-kind": {"check": 5, "outcome": "invalid"},
  "key-not-for-area": {"check": 5, "outcome": "invalid"},
  "key-not-then": {"check": 5, "outcome": "invalid"},
  "key-compromised": {"check": 5, "outcome": "invalid"},
  "trust-stale": {"check": 5, "outcome": "undetermined"},
  "not-yet-valid": {"check": 6, "outcome": "invalid"},
  "issued-later": {"check": 6, "outcome": "undetermined"},
  "expired": {"check": 6, "outcome": "invalid"},
  "verification-overdue": {"check": 6, "outcome": "undetermined"},
  "clock-bad": {"check": 6, "outcome": "undetermined"},
  "revoked": {"check": 7, "outcome": "invalid"},
  "suspended": {"check": 7, "outcome": "invalid"},
  "superseded": {"check": 7, "outcome": "invalid"},
  "status-unknown": {"check": 7, "outcome": "undetermined"},
  "status-stale": {"check": 7, "outcome": "undetermined"},
  "status-bad": {"check": 7, "outcome": "undetermined"},
  "status-rolled-back": {"check": 7, "outcome": "undetermined"},
  "holder-proof-bad": {"check": 8, "outcome": "invalid"},
  "code-old": {"check": 8, "outcome": "undetermined"},
  "replayed": {"check": 8, "outcome": "undetermined"},
  "trust-bad": {"check": 0, "outcome": "undetermined"},
  "trust-rolled-back": {"check": 0, "outcome": "undetermined"},
};
export const KINDS = [
  {"wire": 1, "kind": "physician", "fields": [{"label": 2, "name": "number", "required": true, "wire": {"is": "digits", "width": 15, "pattern": "[0-9]{15}"}}, {"label": 3, "name": "version", "required": true, "wire": {"is": "uint", "low": 1, "high": 999}}, {"label": 4, "name": "name", "required": true, "wire": {"is": "text", "limit": 64}}, {"label": 5, "name": "authority", "required": true, "wire": {"is": "uint", "low": 0, "high": 65535}}, {"label": 6, "name": "status", "required": true, "wire": {"is": "record", "of": "StatusRef", "members": [["list", {"is": "uint", "low": 1, "high": 65535}, false], ["index", {"is": "uint", "low": 0, "high": 16777215}, false]]}}, {"label": 7, "name": "place", "required": true, "wire": {"is": "uint", "low": 110000, "high": 829999}}, {"label": 10, "name": "sex", "required": true, "wire": {"is": "uint", "low": 0, "high": 9}}, {"label": 11, "name": "institution", "required": true, "wire": {"is": "record", "of": "InstitutionRef", "members": [["number", {"is": "pattern", "pattern": "[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{3}[129]"}, false], ["name", {"is": "text", "limit": 64}, false]]}}, {"label": 12, "name": "filings", "required": false, "wire": {"is": "many", "limit": 16, "item": {"is": "record", "of": "Filing", "members": [["number", {"is": "pattern", "pattern": "[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{3}[129]"}, false], ["name", {"is": "text", "limit": 64}, false], ["start", {"is": "day"}, false], ["end", {"is": "day"}, true], ["scopes", {"is": "many", "limit": 16, "item": {"is": "uint", "low": 1, "high": 999}}, true]]}}}, {"label": 16, "name": "level", "required": true, "wire": {"is": "uint", "low": 0, "high": 9}}, {"label": 17, "name": "category", "required": true, "wire": {"is": "uint", "low": 0, "high": 9}}, {"label": 18, "name": "scopes", "required": true, "wire": {"is": "many", "limit": 16, "item": {"is": "uint", "low": 1, "high": 999}}}, {"label": 19, "name": "scope_text", "required": false, "wire": {"is": "text", "limit": 128}}]},
  {"wire": 2, "kind": "nurse", "fields": [{"label": 2, "name": "number", "required": true, "wire": {"is": "digits", "width": 12, "pattern": "(19|20)[0-9]{2}(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-6])[0-9]{6}"}}, {"label": 3, "name": "version", "required": true, "wire": {"is": "uint", "low": 1, "high": 999}}, {"label": 4, "name": "name", "required": true, "wire": {"is": "text", "limit": 64}}, {"label": 5, "name": "authority", "required": true, "wire": {"is": "uint", "low": 0, "high": 65535}}, {"label": 6, "name": "status", "required": true, "wire": {"is": "record", "of": "StatusRef", "members": [["list", {"is": "uint", "low": 1, "high": 65535}, false], ["index", {"is": "uint", "low": 0, "high": 16777215}, false]]}}, {"label": 7, "name": "place", "required": true, "wire": {"is": "uint", "low": 110000, "high": 829999}}, {"label": 8, "name": "registered_on", "required": true, "wire": {"is": "day"}}, {"label": 10, "name": "sex", "required": true, "wire": {"is": "uint", "low": 0, "high": 9}}, {"label": 11, "name": "institution", "required": true, "wire": {"is": "record", "of": "InstitutionRef", "members": [["number", {"is": "pattern", "pattern": "[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{3}[129]"}, false], ["name", {"is": "text", "limit": 64}, false]]}}, {"label": 12, "name": "filings", "required": false, "wire": {"is": "many", "limit": 16, "item": {"is": "record", "of": "Filing", "members": [["number", {"is": "pattern", "pattern": "[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{3}[129]"}, false], ["name", {"is": "text", "limit": 64}, false], ["start", {"is": "day"}, false], ["end", {"is": "day"}, true], ["scopes", {"is": "many", "limit": 16, "item": {"is": "uint", "low": 1, "high": 999}}, true]]}}}]},
  {"wire": 3, "kind": "institution", "fields": [{"label": 2, "name": "number", "required": true, "wire": {"is": "pattern", "pattern": "[0-9A-Z]{9}[0-9]{8}[A-Z][0-9]{3}[129]"}}, {"label": 3, "name": "version", "required": true, "wire": {"is": "uint", "low": 1, "high": 999}}, {"label": 4, "name": "name", "required": true, "wire": {"is": "text", "limit": 64}}, {"label": 5, "name": "authority", "required": true, "wire": {"is": "uint", "low": 0, "high": 65535}}, {"label": 6, "name": "status", "required": true, "wire": {"is": "record", "of": "StatusRef", "members": [["list", {"is": "uint", "low": 1, "high": 65535}, false], ["index", {"is": "uint", "low": 0, "high": 16777215}, false]]}}, {"label": 8, "name": "valid_from", "required": true, "wire": {"is": "day"}}, {"label": 9, "name": "verified_until", "required": true, "wire": {"is": "day"}}, {"label": 20, "name": "subjects", "required": true, "wire": {"is": "subjects", "limit": 180}}, {"label": 21, "name": "subjects_edition", "required": false, "wire": {"is": "uint", "low": 1994, "high": 2099}}, {"label": 22, "name": "address", "required": true, "wire": {"is": "text", "limit": 128}}, {"label": 23, "name": "principal", "required": true, "wire": {"is": "text", "limit": 64}}, {"label": 24, "name": "legal_representative", "required": false, "wire": {"is": "text", "limit": 64}}, {"label": 25, "name": "statutory_type", "required": false, "wire": {"is": "uint", "low": 1, "high": 9999}}, {"label": 26, "name": "grade", "required": false, "wire": {"is": "text", "limit": 16}}, {"label": 27, "name": "service_object", "required": false, "wire": {"is": "uint", "low": 0, "high": 9}}, {"label": 28, "name": "service_modes", "required": false, "wire": {"is": "many", "limit": 16, "item": {"is": "uint", "low": 1, "high": 999}}}, {"label": 29, "name": "beds", "required": false, "wire": {"is": "uint", "low": 0, "high": 99999}}, {"label": 30, "name": "dental_chairs", "required": false, "wire": {"is": "uint", "low": 0, "high": 99999}}, {"label": 31, "name": "other_names", "required": false, "wire": {"is": "many", "limit": 4, "item": {"is": "text", "limit": 64}}}, {"label": 32, "name": "outpatient_only", "required": false, "wire": {"is": "subjects", "limit": 180}}]},
];
