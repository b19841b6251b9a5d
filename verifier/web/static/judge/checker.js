/** The checker (verifier/checker.py): refuses to judge "now" by a clock that is earlier than signed data already received. */

import { LIMITS } from "../made/format.js";
import { fromText } from "./digits.js";
import { isPresentation, openPresentation } from "./presentation.js";
import { Rejected } from "./refused.js";
import { checkText, outcomeOf, verify } from "./verify.js";

const BY_THE_CLOCK = ["not-yet-valid", "issued-later", "clock-bad"];

/** Judge the text as of another instant than now, by the lists of that time. Who showed it when is nobody's concern then. */
export async function checkThen(text, lists, at) {
  try {
    const data = fromText(text);
    if (isPresentation(data)) return await verify(openPresentation(data).token, lists.trust, lists.statuses, at);
  } catch (fault) {
    if (!(fault instanceof Rejected)) throw fault;
  }
  return checkText(text, lists.trust, lists.statuses, at);
}

/** Judge the text of one code against lists `{trust, statuses, newest}`; `newest` is the newest signed time seen. */
export async function check(text, lists, at) {
  const verdict = await checkText([...text.slice(0, 2 * LIMITS.text_chars + 2)].slice(0, LIMITS.text_chars + 1).join(""), lists.trust, lists.statuses, at);
  if (at >= lists.newest - LIMITS.clock_skew) return verdict;
  const kept = verdict.findings.filter(({ code }) => !BY_THE_CLOCK.includes(code));
  const findings = [...kept, { code: "clock-bad", detail: { newest: lists.newest } }];
  return { ...verdict, findings, outcome: outcomeOf(findings, verdict.licence) };
}
