// Reads the vectors from standard input, runs them in Node, writes what `runVectors` answers.

import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { runVectors } from "./run_vectors.js";

if (globalThis.crypto === undefined) Object.defineProperty(globalThis, "crypto", { value: webcrypto });
const base = new URL("../../verifier/web/static", import.meta.url).href;
process.stdout.write(JSON.stringify(await runVectors(base, JSON.parse(readFileSync(0, "utf-8")))));
