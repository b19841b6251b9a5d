/**
 * A verdict in words (verifier/report.py): one word, one sentence, what to do next, how old the data was. Adds no
 * judgement. `texts` are those of one language, from verifier/texts/*.json.
 */

import { LIMITS, REASONS } from "../made/format.js";
import { instant } from "./period.js";

const INSTANTS = ["issued_at", "list_issued_at", "next_update", "newest", "shown_at"];

/** A phrase with its `{places}` filled. */
export const phrase = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** A sentence with its facts. A part in square brackets is left out if one of its facts is not known. */
function fill(text, values) {
  const known = (part) => [...part.matchAll(/\{([a-z_]+)\}/g)].every(([, name]) => name in values);
  return text.replace(/\[([^\]]*)\]/g, (_, part) => (known(part) ? phrase(part, values) : ""));
}

/** How long ago, in words; clocks may differ by a little without anybody speaking of the future. */
export function age(elapsed, texts) {
  const seconds = elapsed < 0 && elapsed >= -LIMITS.iat_skew ? 0 : elapsed;
  if (seconds < 0) return texts.age.future;
  const steps = [["days", 172_800, 86_400], ["hours", 7_200, 3_600], ["minutes", 120, 60], ["seconds", 0, 1]];
  const [unit, , size] = steps.find(([, least]) => seconds >= least);
  return phrase(texts.age[unit], { n: Math.floor(seconds / size) });
}

/** Sentence and next step for one finding. */
export function sentence({ code, detail }, at, texts) {
  const [said, action] = texts.reasons[code];
  const values = Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, INSTANTS.includes(name) ? instant(value) : value]));
  if ("list_issued_at" in detail) values.list_age = age(at - detail.list_issued_at, texts);
  return [fill(said, values), action];
}

/** The one word: that of the gravest reason if it has its own, else of the outcome. */
export function heading(verdict, texts) {
  const [gravest] = gravestFirst(verdict);
  return texts.headings[gravest?.code] ?? texts.heading[verdict.outcome];
}

/** Sentences and next steps, the gravest first; exactly one pair where the licence is valid. */
export function told(verdict, texts) {
  if (verdict.problem) return [texts.problems[verdict.problem] ?? texts.page.problems[verdict.problem]];
  if (verdict.outcome === "valid") {
    const { sentence: said, action } = texts[["live", "clocks-differ"].includes(verdict.shown.how) ? "valid_live" : "valid"];
    return [[said, action]];
  }
  return gravestFirst(verdict).map((finding) => sentence(finding, verdict.at, texts));
}

function gravestFirst({ findings }) {
  const grave = ({ code }) => REASONS[code].outcome === "invalid";
  return [...findings.filter(grave), ...findings.filter((finding) => !grave(finding))];
}

/** The report as JSON values; its schema is schemas/verifier-report.schema.json. */
export function toReport(verdict, lang, texts) {
  const [[said, action]] = told(verdict, texts);
  const { findings, ...rest } = verdict;
  const reasons = findings.map((finding) => {
    const [words, next] = sentence(finding, verdict.at, texts);
    const { check, outcome } = REASONS[finding.code];
    return { code: finding.code, check, outcome, sentence: words, action: next, detail: finding.detail };
  });
  return { ...rest, lang, heading: heading(verdict, texts), sentence: said, action, reasons };
}

/** The verdict inside a report that was made elsewhere, so that it can be told in another language. */
export function fromReport(report) {
  const { reasons, lang, heading: _word, sentence: _said, action, ...rest } = report;
  return { ...rest, findings: reasons.map(({ code, detail }) => ({ code, detail })) };
}
