/**
 * A verdict in words (verifier/report.py): one word, one sentence, what to do next, how old the data was. Adds no
 * judgement. `texts` are those of one language, from verifier/texts/*.json.
 */

import { EMPTY_BRACKETS, REASONS } from "../made/format.js";
import { instant } from "./period.js";

const INSTANTS = ["issued_at", "list_issued_at", "next_update"];
const EMPTY = new RegExp(EMPTY_BRACKETS, "g");

/** `text` with its `{places}` filled; a place without a value stays empty. */
export const fill = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** How long ago, in words: seconds, minutes, hours, then days. */
export function age(seconds, texts) {
  if (seconds < 0) return texts.age.future;
  const steps = [["days", 172_800, 86_400], ["hours", 7_200, 3_600], ["minutes", 120, 60], ["seconds", 0, 1]];
  const [unit, , size] = steps.find(([, least]) => seconds >= least);
  return fill(texts.age[unit], { n: Math.floor(seconds / size) });
}

/** Sentence and next step for one finding. */
export function sentence({ code, detail }, at, texts) {
  const [said, action] = texts.reasons[code];
  const values = Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, INSTANTS.includes(name) ? instant(value) : value]));
  if ("list_issued_at" in detail) values.list_age = age(at - detail.list_issued_at, texts);
  return [fill(said, values).replace(EMPTY, ""), action];
}

/** Sentences and next steps, the gravest first; exactly one pair where the licence is valid. */
export function told(verdict, texts) {
  if (verdict.problem) return [texts.problems[verdict.problem]];
  if (verdict.outcome === "valid") return [[texts.valid.sentence, texts.valid.action]];
  const grave = (finding) => REASONS[finding.code].outcome === "invalid";
  const graver = [...verdict.findings.filter(grave), ...verdict.findings.filter((finding) => !grave(finding))];
  return graver.map((finding) => sentence(finding, verdict.at, texts));
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
  return { ...rest, lang, heading: texts.heading[verdict.outcome], sentence: said, action, reasons };
}

/** The verdict inside a report that was made elsewhere, so that it can be told in another language. */
export function fromReport(report) {
  const { reasons, lang, heading, sentence: _, action, ...rest } = report;
  return { ...rest, findings: reasons.map(({ code, detail }) => ({ code, detail })) };
}
