/** The panel that says which lists this device has, how old they are, and what was refused. */

import { age } from "../judge/report.js";
import { el } from "./dom.js";
import { t, texts } from "./words.js";

export function dataPanel(lists, now, { update, forget, asking, busy }) {
  const ago = (at) => age(now - at, texts());
  return el("div", {}, state(lists, ago), fault(lists), buttons({ update, forget, asking, busy }));
}

function state({ held, refreshedAt, offline }, ago) {
  const lines = [];
  if (held === null) lines.push(t("data_none"));
  else {
    const newest = [...held.statuses.values()].filter((listed) => typeof listed !== "string").map(({ issuedAt }) => issuedAt);
    lines.push(t("data_trust", { sequence: held.trust.sequence, age: ago(held.trust.issued) }));
    lines.push(newest.length ? t("data_lists", { n: newest.length, age: ago(Math.max(...newest)) }) : t("data_no_lists"));
  }
  if (refreshedAt !== null) lines.push(t("data_updated", { age: ago(refreshedAt) }));
  return [el("ul", { class: "facts" }, lines.map((line) => el("li", {}, line))), offline ? el("p", { class: "tell offline" }, t("data_offline")) : null];
}

function fault({ fault: code, held }) {
  if (code === null) return null;
  const reason = (texts().reasons[code] ?? texts().page.problems[code])[0].replace(/[。.]$/, "");
  return el("p", { class: "tell refused", role: "alert" }, t(held === null ? "data_refused_first" : "data_refused", { reason }));
}

function buttons({ update, forget, asking, busy }) {
  if (asking) {
    return el(
      "div",
      { class: "asking" },
      el("p", {}, t("forget_ask")),
      el("button", { type: "button", class: "plain", id: "forget-no", onclick: () => forget("no") }, t("forget_no")),
      el("button", { type: "button", class: "plain stop", id: "forget-yes", onclick: () => forget("yes") }, t("forget_yes")),
    );
  }
  return el(
    "div",
    {},
    el("button", { type: "button", class: "plain", id: "update", "aria-disabled": busy ? "true" : null, onclick: update }, busy ? t("updating") : t("update")),
    el("p", { class: "hint" }, t("data_pinned"), " ", el("button", { type: "button", class: "link", id: "forget", onclick: () => forget("ask") }, t("forget"))),
  );
}
