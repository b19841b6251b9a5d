/** An answer as people see it: shape, colour, one word, one sentence, what to do; each reason with its law; how old the data was. */

import { FACTS } from "../made/rules.js";
import { instant } from "../judge/period.js";
import { el } from "../page/dom.js";
import { outcomeShape } from "../page/shapes.js";
import { lang, m, texts } from "./words.js";

/** Asking is never green: it looks as a licence does that needs confirmation. */
const TONES = { yes: "valid", ask: "undetermined", no: "invalid" };

/** The card. `parties` are the verdicts that were used, `notes` more lines, `fill` leads to the field of a fact. */
export function answerOf(answer, { parties, notes, fill }) {
  const [word, sentence, action] = texts().decisions[answer.decision];
  const tone = TONES[answer.decision];
  return el(
    "article",
    { class: `answer ${tone}`, "data-decision": answer.decision, "data-whys": answer.reasons.map(({ code }) => code).join(" "), lang: lang() === "zh" ? "zh-CN" : "en" },
    el(
      "div",
      { class: "band" },
      el("span", { class: "shape" }, outcomeShape(tone)),
      el("div", {}, el("h3", { tabindex: -1, id: "may-word" }, word), el("p", { class: "sentence" }, sentence)),
    ),
    el("p", { class: "action" }, el("strong", {}, texts().words.next), " ", action),
    answer.reasons.length ? el("ol", { class: "whys" }, gravestFirst(answer.reasons).map((why) => reason(why, fill))) : el("p", { class: "also" }, m("none_found")),
    el(
      "p",
      { class: "foot" },
      el("span", {}, m("of_day", { day: answer.on })),
      Object.entries(parties).map(([about, verdict]) => (verdict === null ? null : el("span", {}, m(`data_${about}`, { data: dataOf(verdict) })))),
      notes.map((note) => el("span", {}, note)),
      el("span", {}, m("passed", { n: answer.passed.length })),
      el("span", {}, m("rules", { rules: answer.rules })),
    ),
  );
}

const gravestFirst = (reasons) => [...reasons.filter(({ decision }) => decision === "no"), ...reasons.filter(({ decision }) => decision !== "no")];

function reason(why, fill) {
  const asked = why.fact in FACTS;
  return el(
    "li",
    { "data-step": why.step },
    el("span", { class: `shape ${TONES[why.decision]}` }, outcomeShape(TONES[why.decision])),
    el(
      "div",
      {},
      el("p", {}, el("strong", {}, texts().may.step_about[why.about]), " ", why[lang()]),
      why.basis ? el("p", { class: "quiet" }, `${m("basis")} `, el("span", { lang: "zh-CN" }, why.basis)) : null,
      asked ? el("button", { type: "button", class: "link", onclick: () => fill(why.fact) }, m("fill"), el("span", { class: "unseen" }, ` ${FACTS[why.fact][lang()]}`)) : null,
    ),
  );
}

function dataOf({ data }) {
  const listed = data?.status_list;
  return listed ? texts().page.list_row + " " + instant(listed.issued_at) : m("data_none");
}
