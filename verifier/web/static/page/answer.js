/**
 * A verdict as people see it: shape, colour, one word, one sentence, what to do; then the holder, only where it is
 * certain who wrote the licence; then how old the data was. Takes a verdict of `judge/verify.js` (or a server's report
 * through `judge/report.js`) and adds no judgement.
 */

import { label, rows, title } from "../judge/face.js";
import { instant } from "../judge/period.js";
import { age, heading, phrase, told } from "../judge/report.js";
import { el } from "./dom.js";
import { exportRecord } from "./record.js";
import { outcomeShape } from "./shapes.js";
import { lang, t, texts } from "./words.js";

const FOR_PATIENTS = {
  physician: ["level", "category", "scopes", "scope_text", "institution", "valid_until", "authority"],
  nurse: ["institution", "valid_until", "authority"],
  institution: ["address", "subjects", "valid_until", "verified_until", "authority"],
};
const NAMES = ["name", "institution_name"];

/**
 * The card of one answer. `item` is {verdict, text, by: "page" | "server", linked}; `inspector` shows everything.
 * The heading can be focused, so that a screen reader begins there.
 */
export function answerCard(item, inspector, actions) {
  const { verdict } = item;
  const [first, ...others] = told(verdict, texts());
  return el(
    "article",
    { class: `answer ${verdict.outcome}`, "data-outcome": verdict.outcome, "data-reasons": verdict.findings.map(({ code }) => code).join(" "), lang: lang() === "zh" ? "zh-CN" : "en" },
    el(
      "div",
      { class: "band" },
      el("span", { class: "shape" }, outcomeShape(verdict.outcome)),
      el("div", {}, el("h2", { tabindex: -1 }, heading(verdict, texts())), el("p", { class: "sentence" }, first[0])),
    ),
    el("p", { class: "action" }, el("strong", {}, texts().words.next), " ", first[1]),
    others.map(([sentence, action]) => el("p", { class: "also" }, el("span", {}, sentence), " ", el("span", { class: "quiet" }, action))),
    verdict.licence ? holder(verdict, inspector) : null,
    verdict.notes.map((note) => el("p", { class: "note" }, noteText(note))),
    item.linked && verdict.outcome === "valid" ? caution(actions) : null,
    foot(item),
    details(item, inspector),
  );
}

const noteText = ({ code, field }) => phrase(texts().notes[code] ?? code, { field: label(field, lang()) });

function holder(verdict, inspector) {
  const { kind, name } = verdict.licence;
  const lines = rows(verdict, lang()).filter((row) => !NAMES.includes(row.name) && (inspector || FOR_PATIENTS[kind].includes(row.name)));
  if (inspector && verdict.identifier) lines.push({ name: "identifier", label: label("identifier", lang()), value: verdict.identifier });
  return el(
    "section",
    { class: "holder" },
    el("p", { class: "kind" }, title(kind, lang())),
    el("h3", { lang: "zh-CN" }, el("bdi", {}, name)),
    el("dl", {}, lines.map((row) => el("div", { "data-row": row.name }, el("dt", {}, row.label), el("dd", {}, el("bdi", {}, row.value))))),
    el("p", { class: "shown" }, texts().shown[verdict.shown?.how ?? "static"]),
  );
}

/** What a forged page could do: shown where "valid" came by a link that somebody else made. */
function caution({ rescan }) {
  return el(
    "aside",
    { class: "caution", "aria-label": t("linked_title") },
    el("p", {}, el("strong", {}, t("linked_title"))),
    el("p", {}, t("linked", { host: location.host })),
    rescan ? el("button", { type: "button", class: "plain", onclick: rescan }, t("rescan")) : null,
  );
}

function foot({ verdict, by }) {
  const listed = verdict.data?.status_list;
  const said = listed ? t("list_age", { age: age(verdict.at - listed.issued_at, texts()) }) : texts().words.no_list;
  return el(
    "p",
    { class: "foot" },
    verdict.licence ? el("span", { class: "age" }, said) : null,
    el("span", { class: "by" }, by === "page" ? t("checked_by_page") : t("checked_by_server", { host: location.host })),
  );
}

function details(item, inspector) {
  const { verdict } = item;
  const listed = verdict.data?.status_list;
  const lines = [
    [t("checked_at"), instant(verdict.at)],
    verdict.findings.length ? [t("reason_row"), verdict.findings.map(({ code }) => code).join(", ")] : null,
    verdict.data ? [t("trust_row"), t("trust_value", { sequence: verdict.data.trust_sequence })] : null,
    verdict.data ? [t("list_row"), listed ? `${instant(listed.issued_at)} · ${listed.uri}` : t("none")] : null,
    [t("host_row"), location.host],
  ].filter((line) => line !== null);
  return el(
    "details",
    { class: "more", open: inspector },
    el("summary", {}, t("details")),
    el("dl", {}, lines.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    inspector ? el("button", { type: "button", class: "plain export", onclick: () => exportRecord(item) }, t("export")) : null,
  );
}

/** One line over several answers: how many of each word. */
export function summary(items) {
  const counts = new Map();
  for (const { verdict } of items) counts.set(heading(verdict, texts()), (counts.get(heading(verdict, texts())) ?? 0) + 1);
  const words = [...counts].map(([word, n]) => t("word_count", { word, n })).join(lang() === "zh" ? "，" : ", ");
  return t("several", { n: items.length, words });
}

/** A card for what is no verdict: nothing read, a camera that does not open, a server that gives no answer. */
export function noticeCard(word, said, next, ...more) {
  return el(
    "article",
    { class: "answer unreadable", "data-outcome": "none" },
    el(
      "div",
      { class: "band" },
      el("span", { class: "shape" }, outcomeShape("unreadable")),
      el("div", {}, el("h2", { tabindex: -1 }, word), said ? el("p", { class: "sentence" }, said) : null),
    ),
    el("p", { class: "action" }, el("strong", {}, texts().words.next), " ", next),
    ...more,
  );
}
