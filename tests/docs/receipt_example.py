"""The worked example of a receipt in docs/formats.md, section 15."""

import json
from hashlib import sha256

from credentials.names import mask
from credentials.qrtext import to_text
from keys.b64 import unb64u
from tests.docs.example_world import DAY, HOST, T, World, signer
from verifier.receipts.claims import Checked, CheckReceipt, Head, ListVersion, StepTaken
from verifier.receipts.making import presented_digest
from verifier.receipts.sealing import open_receipt, seal_receipt
from verifier.verdict import Result


def receipt_examples(world: World) -> dict[str, str]:
    """A receipt of the example certificate, which is suspended (steps 2 to 6 left out)."""
    head = world.checkpoint
    content = Checked(
        sha256=presented_digest(to_text(HOST, world.sealed.token)),
        form="qr",
        number=world.credential.number,
        holder=mask(world.credential.holder.name),
        issuer=world.credential.issuer,
        result=Result.GENUINE_NOT_VALID,
        reason="suspended",
        since=world.effective_at,
        successor=None,
        asked_at=None,
        checked_at=T + DAY + 30,
        steps=(StepTaken(1, "pass", "check.read"), StepTaken(7, "fail", "check.status_suspended")),
        warnings=(),
        checkpoint=Head(head.origin, head.size, head.root.hex(), world.cosigned_at),
        log_index=3,
        trust_list=1,
        status_list=ListVersion(0, 2, T + DAY + 5),
    )
    receipt = CheckReceipt(f"https://{HOST}/", T + DAY + 30, True, "hallmark 0.1.0", 1, content)
    header, payload, signature = seal_receipt(receipt, signer("receipt")).split(".")
    assert open_receipt(".".join((header, payload, signature)), world.roots, T + DAY + 30) == receipt
    return {
        "receipt-header": f"{unb64u(header).decode()}\n",
        "receipt-payload": json.dumps(json.loads(unb64u(payload)), ensure_ascii=False, indent=1) + "\n",
        "receipt-facts": f"payload, compact: {len(unb64u(payload))} bytes, SHA-256 {sha256(unb64u(payload)).hexdigest()}\nsignature: {signature}\n",
    }
