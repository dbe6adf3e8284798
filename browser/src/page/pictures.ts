// The shapes beside the answers, built in: the same files that the server's page shows.

import caution from "../../../verifier/static/caution.svg";
import ended from "../../../verifier/static/ended.svg";
import refused from "../../../verifier/static/refused.svg";
import stepFail from "../../../verifier/static/step-fail.svg";
import stepPass from "../../../verifier/static/step-pass.svg";
import stepUnknown from "../../../verifier/static/step-unknown.svg";
import unread from "../../../verifier/static/unread.svg";
import unsure from "../../../verifier/static/unsure.svg";
import valid from "../../../verifier/static/valid.svg";
import warning from "../../../verifier/static/warning.svg";
import { type Outcome } from "../verifier/verdict";
import { type Tone } from "../verifier/wording";

export const SHAPES: Readonly<Record<Tone, string>> = { valid, caution, ended, refused, unsure, unread };
export const STEP_SHAPES: Readonly<Record<Outcome, string>> = { pass: stepPass, fail: stepFail, unknown: stepUnknown };
export const WARNING = warning;
