"""The operator's commands over other rooms' groups: end a certificate whose issuing body cannot."""

import click

from hallmark.ending import EVENTS, end
from hallmark.house import House
from issuers.changes import Order
from issuers.cli_status import ShortText, effective_at


@click.command("end")
@click.argument("what", nargs=-1, required=True, metavar="NUMBER|LIST:SLOT...")
@click.option("--event", required=True, type=click.Choice(EVENTS), help="吊销、撤销或注销。What ends it.")
@click.option("--reason", required=True, type=ShortText(), help="原因代码。Reason code.")
@click.option("--authority", required=True, type=ShortText(), help="决定机关。Who decided.")
@click.option("--document-no", type=ShortText(), default="", help="文号。Document number.")
@click.option("--effective", metavar="YYYY-MM-DD", help="生效日期,默认现在。When it takes effect; default now.")
@click.pass_obj
def end_command(  # noqa: PLR0917  # click passes each option by its name
    house: House,
    what: tuple[str, ...],
    event: str,
    reason: str,
    authority: str,
    document_no: str,
    effective: str | None,
) -> None:
    """由登记簿运营方终止证书:发证机关的密钥已停用、失密或丢失时用。End certificates whose issuing body can no longer sign.

    \b
    用登记簿的状态密钥签名。Signed with the registry's status key; a certificate is named by its number, or by list and slot.
    例 Example:
      hallmark registry end 040G2081040GD --event revoked --reason key_lost --authority 上海市人力资源和社会保障局
      hallmark registry end 0:4711 --event rescinded --reason forged --authority 上海市人力资源和社会保障局
    """
    order = Order(event, effective_at(effective, house.clock()), authority, reason, document_no)
    indices = end(house, what, order)
    house.publish()
    click.echo(f"{event}: {len(indices)} 份 certificate(s); log {' '.join(map(str, indices))}")
