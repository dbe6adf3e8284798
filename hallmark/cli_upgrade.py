"""Brings an existing house's databases to the schema that this version of the program wants."""

import click

from hallmark.house import House
from hallmark.settings import NO_LEDGER


@click.command("upgrade")
@click.pass_obj
def upgrade(house: House) -> None:
    """升级程序后执行一次:把数据库改到新版结构。After installing a new version: bring the databases to its schema.

    Stop the writers first. Each database changes in one transaction; asking again is harmless.

    \b
    例 Example:
      hallmark upgrade
    """
    from issuers.tables import MIGRATIONS as LEDGER
    from registry.tables import MIGRATIONS as REGISTRY
    from web.database import migrate

    settings = house.settings
    if not settings.remote:
        migrate(settings.registry_database, REGISTRY)
    if settings.ledger_database != NO_LEDGER:
        migrate(settings.ledger_database, LEDGER)
    click.echo("数据库已是本版本的结构。The databases have this version's schema.")
