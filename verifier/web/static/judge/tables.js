/** The code tables (elicense/tables.py, generated into made/format.js): names for integers; unknown codes are marked. */

import { TABLE_ROWS } from "../made/tables.js";

class Table {
  constructor(rows) {
    this.rows = rows.map(([code, wire, zh, en, edition]) => ({ code, wire, zh, en, edition: edition ?? null }));
  }

  hasWire(wire) {
    return this.rows.some((row) => row.wire === wire);
  }

  hasCode(code) {
    return this.rows.some((row) => row.code === code);
  }

  /** The row with this code, of the newest edition, or of the one given (a text); null if there is none. */
  byCode(code, edition = null) {
    return newest(this.rows.filter((row) => row.code === code), edition);
  }

  byWire(wire) {
    return newest(this.rows.filter((row) => row.wire === wire), null);
  }

  label(wire, lang) {
    const row = this.byWire(wire);
    return row === null ? `${lang === "en" ? "unknown code" : "未知代码"} ${wire}` : row[lang];
  }
}

function newest(rows, edition) {
  const kept = rows.filter((row) => edition === null || row.edition === null || row.edition === edition);
  return kept.reduce((best, row) => (best === null || (row.edition ?? "") > (best.edition ?? "") ? row : best), null);
}

/** @type {Record<string, Table>} */
export const TABLES = Object.fromEntries(Object.entries(TABLE_ROWS).map(([name, rows]) => [name, new Table(rows)]));
