// Answers questions on standard input with the built verifier, one JSON object a line. For tests/browser.

import { createInterface } from "node:readline";
import * as door from "./build/compare.js";

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { ask, ...question } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: await door[ask](question) }));
  } catch (defect) {
    const code = door.codeOf(defect);
    console.log(JSON.stringify(code === null ? { crash: String(defect?.stack ?? defect) } : { refused: code }));
  }
}
