"""The commands that hand out electronic certificates: the documents with their proofs, and a single proof."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from credentials.identifiers import check_number
from issuers.cli_status import chosen_records
from issuers.house import IssuersHouse
from issuers.records import Record
from web.sheets.writing import replacing


def proofs_of(house: IssuersHouse, records: Sequence[Record]) -> Iterator[bytes]:
    """The proof of each record, all under one cosigned checkpoint; publishes first where the newest is too old.

    Raises ProofPending, ProofUnfit, and what publishing raises, before the first proof is handed out.
    """
    if not house.proof_desk.covers(records):
        house.publish()
    return house.proof_desk.proofs(records)


@click.command("proof")
@click.argument("number")
@click.pass_obj
def proof(house: IssuersHouse, number: str) -> None:
    """打印一份证书的登记证明(tlog-proof)。Print the proof that a certificate is registered (C2SP tlog-proof).

    \b
    例 Example:
      hallmark proof 040G2081040GD > 040G2081040GD.tlog-proof
    """
    (made,) = proofs_of(house, [house.ledger.record(check_number(number))])
    click.echo(made.decode(), nl=False)


@click.command("export")
@click.argument("numbers", nargs=-1)
@click.option("--batch", help="整批。A whole batch.")
@click.option("--all", "everything", is_flag=True, help="全部。Everything.")
@click.option(
    "--to", "target", required=True, type=click.Path(file_okay=False, path_type=Path), help="文件夹。A folder."
)
@click.pass_obj
def export(house: IssuersHouse, numbers: tuple[str, ...], batch: str | None, everything: bool, target: Path) -> None:
    """导出电子证书:编号.jwt 与登记证明 编号.tlog-proof。Export documents (vc+jwt), each with its proof beside it.

    \b
    例 Example:
      hallmark export 040G2081040GD --to documents
    """
    records = chosen_records(house.ledger, numbers, batch=batch, everything=everything)
    if not records:
        raise click.UsageError("请给出证书编号、--batch 或 --all。Name certificate numbers, --batch or --all.")
    proofs = proofs_of(house, records)
    target.mkdir(parents=True, exist_ok=True)
    for record, made in zip(records, proofs, strict=True):
        _, document = house.ledger.sealed_bytes(record.number)
        _write(target / f"{record.number}.jwt", document.encode("ascii"))
        _write(target / f"{record.number}.tlog-proof", made)
    click.echo(f"{len(records)} vc+jwt -> {target}")


def _write(file: Path, content: bytes) -> None:
    with replacing(file) as opened:
        opened.write(content)


COMMANDS: Final = (proof, export)
