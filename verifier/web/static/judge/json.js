/**
 * Strict JSON (elicense/strictjson.py; I-JSON of RFC 7493, without floats): what every reader would read alike.
 * UTF-8 without a byte order mark, no member twice, integers of 53 bits, bounded depth, no half of a character. Objects
 * have no prototype.
 */

import { LIMITS } from "../made/format.js";
import { text as utf8Text } from "./bytes.js";
import { Rejected } from "./refused.js";

const TOKEN = /[ \t\n\r]*(?:([[\]{}:,"])|(-?(?:0|[1-9][0-9]*))(?![.eE0-9])|(true|false|null))/y;
const END_OR_ESCAPE = /["\\]/g;
const HALF = /\p{Surrogate}/u;
const WORDS = { true: true, false: false, null: null };

/** The value of strict JSON. Throws `Rejected("malformed")`, whatever the bytes. */
export function readJson(bytes) {
  try {
    const reader = new Reader(utf8Text(bytes));
    const value = reader.value(0);
    if (/[^ \t\n\r]/.test(reader.rest())) throw new SyntaxError("something follows");
    return value;
  } catch (fault) {
    if (fault instanceof SyntaxError || fault instanceof TypeError) throw new Rejected("malformed", "not strict JSON");
    throw fault;
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  rest() {
    return this.text.slice(this.at);
  }

  next() {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.text);
    if (found === null) throw new SyntaxError("not a token");
    this.at = TOKEN.lastIndex;
    const [, mark, integer, word] = found;
    if (mark === '"') return { string: this.string() };
    if (mark !== undefined) return { mark };
    if (word !== undefined) return { value: WORDS[word] };
    if (integer.length > 17 || !Number.isSafeInteger(Number(integer))) throw new SyntaxError("integer of more than 53 bits");
    return { value: Number(integer) + 0 };
  }

  /** The text whose opening quotation mark was just read; what may stand in it is JSON.parse's to say. */
  string() {
    const start = this.at - 1;
    END_OR_ESCAPE.lastIndex = this.at;
    for (let found = END_OR_ESCAPE.exec(this.text); found !== null; found = END_OR_ESCAPE.exec(this.text)) {
      if (found[0] === '"') {
        this.at = END_OR_ESCAPE.lastIndex;
        const read = JSON.parse(this.text.slice(start, this.at));
        if (HALF.test(read)) throw new SyntaxError("a half of a character");
        return read;
      }
      END_OR_ESCAPE.lastIndex += 1;
    }
    throw new SyntaxError("a text without end");
  }

  value(depth) {
    return this.from(this.next(), depth);
  }

  from(token, depth) {
    if (token.string !== undefined) return token.string;
    if (token.mark === undefined) return token.value;
    if (depth >= LIMITS.json_depth) throw new SyntaxError("nested too deeply");
    if (token.mark === "[") return this.array(depth + 1);
    if (token.mark === "{") return this.object(depth + 1);
    throw new SyntaxError("not a value");
  }

  array(depth) {
    const items = [];
    for (let token = this.next(); token.mark !== "]"; token = this.next()) {
      if (items.length) {
        if (token.mark !== ",") throw new SyntaxError("no comma");
        token = this.next();
      }
      items.push(this.from(token, depth));
    }
    return items;
  }

  object(depth) {
    const members = Object.create(null);
    for (let token = this.next(), first = true; token.mark !== "}"; token = this.next(), first = false) {
      if (!first) {
        if (token.mark !== ",") throw new SyntaxError("no comma");
        token = this.next();
      }
      if (token.string === undefined || token.string in members) throw new SyntaxError("no name, or one that stands twice");
      if (this.next().mark !== ":") throw new SyntaxError("no colon");
      members[token.string] = this.value(depth);
    }
    return members;
  }
}
