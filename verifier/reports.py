"""Reports of fakes: read strictly from the form, handed to the operator's box, never looked into by the server."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template, request

from keys.strictjson import dumps
from verifier.asking import admit
from verifier.handed_in import PICTURES
from verifier.ports import plugged
from verifier.submission import uploaded
from web.problem import Refusal

KINDS: Final = ("site", "paper", "code", "other")
"""A look-alike site; a forged paper or picture; a code that leads elsewhere; anything else."""
LIMITS: Final = {"address": 500, "code": 16_000, "words": 4_000, "contact": 200}
"""Characters of each field."""
MAX_EVIDENCE: Final = 5 * 1024 * 1024
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Report:
    """One report as somebody wrote it. `evidence` is a PNG, JPEG, WebP or PDF, unread."""

    kind: str
    fields: dict[str, str]
    evidence: bytes | None

    def to_bytes(self, now: int) -> bytes:
        """The report as JSON, received at `now` in UNIX seconds; evidence in base64."""
        told: dict[str, Any] = {"at": now, "kind": self.kind, **self.fields}
        told["evidence"] = None if self.evidence is None else base64.b64encode(self.evidence).decode()
        return dumps(told)


def report_page() -> str:
    """GET /report: the form, where it goes, and what to do instead where nobody reads reports."""
    return render_template("report.html", offered=plugged().ports.report_box is not None, kinds=KINDS, limits=LIMITS)


def report_fake() -> str:
    """POST /report: keep the report for the operator; answer with its reference. Nothing of it is shown again or logged."""
    admit("report")
    box = plugged().ports.report_box
    if box is None:
        raise Refusal("report.not_offered")
    report = _read()
    return render_template("reported.html", reference=box(report.to_bytes(plugged().ports.clock())))


def real_page() -> str:
    """GET /real: how to know that this is the real site, and what no look-alike can do."""
    return render_template("real.html")


def _read() -> Report:
    kind = request.form.get("kind", "")
    if kind not in KINDS:
        raise Refusal("report.kind_needed")
    fields = {name: _CONTROL.sub("", request.form.get(name, "")).strip() for name in LIMITS}
    for name, limit in LIMITS.items():
        if len(fields[name]) > limit:
            raise Refusal("report.too_long", limit=limit)
    evidence = uploaded("evidence")
    if evidence is not None:
        _require_evidence(evidence)
    if evidence is None and not any(fields[name] for name in ("address", "code", "words")):
        raise Refusal("report.nothing_told")
    return Report(kind, fields, evidence)


def _require_evidence(evidence: bytes) -> None:
    if len(evidence) > MAX_EVIDENCE:
        raise Refusal("report.evidence_too_large", limit_mb=MAX_EVIDENCE >> 20)
    if not PICTURES.match(evidence) and not evidence.startswith(b"%PDF-"):
        raise Refusal("report.evidence_kind")
