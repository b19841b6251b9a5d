/**
 * What the judging library throws. `Rejected` is the one answer to bytes or texts from outside and carries a stable
 * reason code; `CannotCheck` says that this engine lacks an algorithm, so that nothing can be said at all.
 */

export class Rejected extends Error {
  /** @param {string} reason a code of the format @param {string} detail a fixed English phrase, never a piece of the input */
  constructor(reason, detail = "") {
    super(detail ? `${reason}: ${detail}` : reason);
    this.reason = reason;
    this.detail = detail;
  }
}

export class CannotCheck extends Error {}
