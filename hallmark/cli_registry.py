"""Commands of a registry that runs apart from its issuers: serve it, join it, accept who joins."""

from pathlib import Path
from typing import Final

import click

from hallmark.house import CLIENT_KEY, House

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("join")
@click.option("--registry", required=True, metavar="URL", help="登记簿地址(https)。The registry's address.")
@click.option(
    "--roots", required=True, type=_FILE, help="登记机构交来的信任根。The roots that its operator handed over."
)
@click.option("--body", required=True, metavar="CODE", help="本机构的统一社会信用代码。Our unified social credit code.")
@click.pass_context
def join(ctx: click.Context, registry: str, roots: Path, body: str) -> None:
    """加入别处的登记簿,只签发:生成密钥、台账与登记申请。Join a registry elsewhere: keys, a ledger, and a request to enrol.

    Hand the request to the registry's operator, and read the two thumbprints to them over another channel.

    \b
    例 Example:
      hallmark --home office join --registry https://registry.example --roots roots.json --body 12310000425006790X
    """
    from hallmark.joining import REQUEST
    from hallmark.joining import join as join_registry

    house = join_registry(ctx.obj.home, registry=registry, roots=roots, body=body)
    click.echo(f"登记申请 Request: {house.settings.home / REQUEST}")
    click.echo(f"证书密钥 credential key\t{house.signer_of(body).public_key.kid}")
    click.echo(f"客户端密钥 client key\t{house.keystore.signer(CLIENT_KEY).public_key.kid}")


@click.command("enrol-request")
@click.argument("request_file", type=_FILE, metavar="FILE")
@click.option("--yes", is_flag=True, help="指纹已当面或电话核对。The thumbprints were compared over another channel.")
@click.pass_obj
def enrol_request(house: House, request_file: Path, yes: bool) -> None:
    """受理发证机关的登记申请。Accept a joining body: enrol its key, list its client.

    Both keys must have signed the request. Whose they are, only you can find out: compare the thumbprints by telephone.
    Then draft, sign and publish the next trust list (`hallmark list draft trust`): it has to name the new key.
    """
    from hallmark.enrolling import accept
    from registry.api.introduction import MAX_BYTES, open_enrolment

    with request_file.open("rb") as file:
        request = open_enrolment(file.read(MAX_BYTES + 1))
    click.echo(f"机构 body\t{request.body_code}")
    click.echo(f"证书密钥 credential key\t{request.credential.kid}")
    click.echo(f"客户端密钥 client key\t{request.client.kid}")
    if not yes:
        click.confirm("指纹与机构核对一致吗?Has the body read out the same thumbprints?", abort=True)
    click.echo(f"已登记 Enrolled: log {accept(house, request)}")


@click.command("serve")
@click.option("--bind", default="127.0.0.1", show_default=True, help="监听地址。Address to listen on.")
@click.option("--port", default=8701, show_default=True, type=click.IntRange(1, 65535), help="端口。Port.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="进程数。Processes.")
@click.option(
    "--publish/--no-publish",
    "publishing",
    default=True,
    show_default=True,
    help="是否同时更新公开文件夹。Keep the published folder fresh too, or leave that to another process.",
)
@click.pass_obj
def serve(house: House, bind: str, port: int, workers: int, publishing: bool) -> None:
    """启动登记簿:发证机关接口与公开文件夹。Serve the registry: the API for issuers and the published folder.

    Its processes hold the log's keys. The public pages are served by `hallmark serve`, which holds none.
    """
    from hallmark.serving import run

    house.require_registry()
    click.echo(f"http://{bind}:{port}/  (Ctrl-C 停止 stops)", err=True)
    home, target = house.settings.home, "registry_application"
    run(home, bind=bind, port=port, workers=workers, target=target, publishing=publishing)


COMMANDS: Final = (join,)
REGISTRY_COMMANDS: Final = (enrol_request, serve)
