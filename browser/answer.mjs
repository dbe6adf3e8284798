// Answers questions on standard input with the built verifier, one JSON object a line. For tests/browser.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as compare from "./build/compare.js";
import * as reading from "./build/reading.js";

const door = { ...compare, ...reading };
let ready = null;

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { ask, ...question } = JSON.parse(line);
  try {
    if (ask === "textsIn") await (ready ??= reading.prepare({ bytes: readFileSync(new URL("build/zxing_reader.wasm", import.meta.url)).buffer }));
    console.log(JSON.stringify({ answer: await door[ask](question) }));
  } catch (defect) {
    const code = door.codeOf(defect);
    console.log(JSON.stringify(code === null ? { crash: String(defect?.stack ?? defect) } : { refused: code }));
  }
}
