"""`hallmark receipt-key`: parts the key for receipts from the house's other keys, for the verifier's process."""

from pathlib import Path

import click

from hallmark.house import House
from hallmark.receipts import part_key
from web.messages import LANGUAGES, say


@click.command("receipt-key")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_obj
def receipt_key(house: House, folder: Path) -> None:
    """把回执密钥单独放入一个文件夹,用它自己的口令。Copy the receipt key alone into a folder, under its own passphrase.

    \b
    口令取自 The passphrase comes from:
      HALLMARK_RECEIPT_PASSPHRASE 或 or HALLMARK_RECEIPT_PASSPHRASE_FILE
    """
    part_key(house.keystore, house.settings, folder, house.clock)
    for lang in LANGUAGES:
        click.echo(say("hallmark.receipt_key_parted", lang, folder=str(folder.resolve())))
