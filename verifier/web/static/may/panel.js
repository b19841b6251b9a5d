/**
 * "May this person do this, here, on this day?" for inspectors: who asks, the day, the facts that this profile looks at,
 * and the answer. Everything is judged on this device; nothing of it is sent or kept.
 */

import { civilDay } from "../judge/period.js";
import { heading } from "../judge/report.js";
import { el } from "../page/dom.js";
import { may } from "../scope/engine.js";
import { factsOf, profilesOn } from "../scope/rules.js";
import { answerOf } from "./answer.js";
import { field, fieldId, isDay } from "./fields.js";
import { lang, m, texts } from "./words.js";

const KINDS = { person: ["physician", "nurse"], institution: ["institution"] };

export class MayPanel {
  /** `judgedOn(item, day)` gives `{verdict, notes}` of an item as of a day; `now` gives Unix seconds. */
  constructor(root, { judgedOn, now }) {
    Object.assign(this, { root, judgedOn, now, items: [] });
    this.reset();
  }

  /** Another act: nothing that was said about the last one stays. */
  reset() {
    this.root.replaceChildren();
    this.turn = (this.turn ?? 0) + 1;
    const on = civilDay(this.now());
    Object.assign(this, { on, profile: null, facts: {}, chosen: {}, answered: null, more: false });
  }

  /** The licences on the screen; an answer about others goes. */
  show(items) {
    if (items !== this.items) this.answered = null;
    this.items = items;
    this.profile ??= this.#party("person") === undefined ? "tourism" : "patient";
    this.render();
  }

  render() {
    const fields = el("div", { class: "fields" });
    this.output = el("div", { class: "outcome", role: "status" });
    this.root.replaceChildren(el("form", { autocomplete: "off", novalidate: true, onsubmit: (event) => this.#asked(event) }, this.#head(), fields, el("button", { class: "big", id: "may-ask" }, m("answer"))), this.output);
    this.fields = fields;
    this.#drawFields();
    this.#drawAnswer();
  }

  #head() {
    const profiles = profilesOn(this.on);
    const choose = ({ target }) => {
      this.profile = target.value;
      this.answered = null;
      this.#drawFields();
      this.#drawAnswer();
    };
    const day = ({ target }) => {
      const good = isDay(target.value);
      target.toggleAttribute("aria-invalid", !good);
      tell.textContent = good ? "" : m("bad_day");
      this.on = good ? target.value : null;
      this.#changed();
    };
    const tell = el("p", { class: "tell", id: "may-on-tell" });
    return el(
      "div",
      { class: "fields" },
      el("div", { class: "field" }, el("label", { for: "may-profile" }, m("profile")), el("select", { id: "may-profile", onchange: choose }, profiles.map((row) => el("option", { value: row.profile, selected: row.profile === this.profile }, row[lang()])))),
      el("div", { class: "field" }, el("label", { for: "may-on" }, m("on")), el("input", { id: "may-on", type: "date", value: this.on, "aria-describedby": "may-on-tell", onchange: day }), tell),
      Object.keys(KINDS).map((about) => this.#partyField(about)),
    );
  }

  #partyField(about) {
    const held = this.#candidates(about);
    const words = (item) => `${item.verdict.licence.name} · ${heading(item.verdict, texts())}`;
    if (held.length < 2) return el("div", { class: "field party" }, el("span", {}, m(about)), el("bdi", {}, held.length ? words(held[0]) : m("party_none")));
    const choose = ({ target }) => {
      this.chosen[about] = held[Number(target.value)];
      this.#changed();
    };
    const id = `may-${about}`;
    return el("div", { class: "field" }, el("label", { for: id }, m(about)), el("select", { id, onchange: choose }, held.map((item, at) => el("option", { value: at, selected: item === this.#party(about) }, words(item)))));
  }

  #candidates(about) {
    return this.items.filter(({ verdict }) => KINDS[about].includes(verdict.licence?.kind));
  }

  #party(about) {
    const held = this.#candidates(about);
    return held.includes(this.chosen[about]) ? this.chosen[about] : held[0];
  }

  /** The institutions that the licences name: where it may have happened. */
  #places() {
    const licences = this.items.map(({ verdict }) => verdict.licence).filter((licence) => licence !== null);
    const named = licences.flatMap((licence) => (licence.kind === "institution" ? [licence] : [licence.institution, ...(licence.filings ?? [])]));
    return [...new Map(named.map(({ number, name }) => [number, { number, name }])).values()];
  }

  #drawFields() {
    const on = this.on ?? civilDay(this.now());
    const { main, more } = factsOf(this.profile, on);
    const given = { facts: this.facts, on, places: this.#places(), changed: () => this.#changed() };
    const rest = el("details", { class: "rest", open: this.more, ontoggle: ({ target }) => (this.more = target.open) }, el("summary", {}, m("more")), el("div", { class: "fields" }, more.map((fact) => field(fact, given))));
    this.fields.replaceChildren(el("h3", {}, m("facts")), el("p", { class: "quiet" }, m("optional")), ...main.map((fact) => field(fact, given)), more.length ? rest : "");
    this.rest = rest;
  }

  /** An answer always belongs to what stands in the form. */
  #changed() {
    if (this.answered !== null) void this.#answer();
  }

  async #asked(event) {
    event.preventDefault();
    await this.#answer();
    this.output.querySelector("h3")?.focus();
  }

  async #answer() {
    this.turn += 1;
    const { turn, on, profile } = this;
    if (on === null) return this.#put(null);
    const parties = {};
    const notes = [];
    for (const about of Object.keys(KINDS)) {
      const item = this.#party(about);
      const judged = item === undefined ? { verdict: null, notes: [] } : await this.judgedOn(item, on);
      parties[about] = judged.verdict;
      notes.push(...judged.notes.filter((note) => !notes.includes(note)));
    }
    const { main, more } = factsOf(profile, on);
    const facts = Object.fromEntries(Object.entries(this.facts).filter(([name]) => main.includes(name) || more.includes(name)));
    if (turn === this.turn) this.#put({ answer: may(profile, { ...parties, facts }, on), parties, notes });
  }

  #put(answered) {
    this.answered = answered;
    this.#drawAnswer();
  }

  #drawAnswer() {
    if (this.answered === null) return this.output.replaceChildren();
    const { answer, parties, notes } = this.answered;
    const words = notes.map((note) => m(note, { day: answer.on }));
    return this.output.replaceChildren(answerOf(answer, { parties, notes: words, fill: (fact) => this.#fill(fact) }));
  }

  #fill(fact) {
    if (this.rest.querySelector(`#${fieldId(fact)}`)) this.rest.open = true;
    document.getElementById(fieldId(fact))?.focus();
  }
}
