/** A record of a check, for the file of an inspector: own time, hash of the code, the whole report. No picture, no code. */

import { toHex, utf8 } from "../judge/bytes.js";
import { toReport } from "../judge/report.js";
import { lang, texts } from "./words.js";

/** Hands the record to the browser as a file. */
export async function exportRecord({ text, verdict, by }) {
  const digest = text === null ? null : toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
  const record = {
    record: "elicense-check-record/1",
    checked_at: new Date(verdict.at * 1000).toISOString(),
    checked_by: by,
    page: location.host,
    code_sha256: digest,
    report: toReport(verdict, lang(), texts()),
  };
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(record, null, 2)}\n`], { type: "application/json" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `elicense-check-${verdict.at}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
