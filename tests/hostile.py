"""Sixty names that mean something to some program: markup, scripts, templates, SQL, and characters that deceive."""

from __future__ import annotations

from typing import Final

HOSTILE: Final = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg/onload=alert`1`>",
    "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>", "<a href=javascript:alert(1)>x</a>",
    "<math><mtext><img src onerror=alert(1)>", "<details open ontoggle=alert(1)>", "<input autofocus onfocus=alert(1)>",
    "<object data=javascript:alert(1)>", "<embed src=//evil.example>", "<link rel=stylesheet href=//evil.example>",
    "<style>*{display:none}</style>", "<base href=//evil.example/>", "<meta http-equiv=refresh content=0;//e.example>",
    "<form action=//evil.example>", "<video><source onerror=alert(1)>", "<marquee onstart=alert(1)>", "<!--", "-->",
    "</h3><script>alert(1)</script>", '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>",
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "`${alert(1)}`", "${alert(1)}", "{{7*7}}",
    "{{constructor.constructor('alert(1)')()}}", "{n}", "{host}", "{word}", "{list_issued_at}", "[{valid_until}]",
    "%s%s%n", "%3Cscript%3Ealert(1)%3C/script%3E", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;",
    "\\u003cscript\\u003e", "\\x3cscript\\x3e", "'; DROP TABLE licences; --", "' OR '1'='1", "../../../etc/passwd",
    "__proto__", "constructor", "toString", "null", "undefined", "NaN", "true", "0", "-1", "1e999",
    "证书有效", "Licence valid", "✔ 证书有效", "林知远\u202e有效", "林\u200b知远", "林知远\n证书有效", "\x00", "<",
    "а̀dmin", "Ｌｉｎ", "\ud7ff", "👩‍⚕️", " 林知远", "A" * 64, "A" * 65,
)  # fmt: skip
