"""Lets a command take a key's id as it is: one in 64 begins with a hyphen, and would be taken for an option."""

import re
from typing import Final

import click

_KID: Final = re.compile(r"-[A-Za-z0-9_-]{42}")


class KidCommand(click.Command):
    """A command whose one argument is the thumbprint of a key, 43 characters of base64url (RFC 7638)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ids behind `--`, where nothing is an option any more."""
        kids = [each for each in args if _KID.fullmatch(each)]
        if kids and "--" not in args:
            args = [*(each for each in args if each not in kids), "--", *kids]
        return super().parse_args(ctx, args)
