"""The `list` commands: draft the next version of a published list, read what it changes, sign it, publish it.

Each publisher signs on a machine and with a key of his own; the draft travels as a file. Whoever signs sees the difference
to what is published first.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

import click

from hallmark.errors import DraftOptions
from keys.keystore import KeyStore
from keys.roots import Roots
from keys.strictjson import loads
from registry.lists import MAX_LIST_BYTES, PublishedList
from registry.published.differences import Change, differences
from registry.published.drafts import MAX_DRAFT_BYTES, Draft
from registry.published.history import Edition
from registry.published.reading import PublishedLists
from registry.published.sections import sections_of
from registry.published.wording import line
from registry.recorder import Recorder
from web.messages import LANGUAGES, say

CHINA_OFFSET: Final = 8 * 3600
_DATE: Final = click.DateTime(["%Y-%m-%d"])
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class Desk(Protocol):
    """The part of the house that these commands use."""

    @property
    def keystore(self) -> KeyStore:
        """The encrypted keys."""
        ...

    @property
    def recorder(self) -> Recorder:
        """The registry in this process."""
        ...

    @property
    def clock(self) -> Callable[[], int]:
        """UNIX seconds now."""
        ...

    def trusted_roots(self, file: Path | None = None) -> Roots:
        """The root of trust."""
        ...

    def published(self) -> Any:
        """The house's published folder, None without a house."""
        ...

    def publish(self) -> Any:
        """Bring the published folder up to date."""
        ...


_PUBLISHED: Final = click.option(
    "--published",
    metavar="URL|FOLDER",
    help="已公开的登记簿,默认本家的公开文件夹。The published registry; this house's.",
)
_ROOTS: Final = click.option("--roots", type=_FILE, help="信任根文件。The root of trust; this house's.")


@click.group("list")
def list_group() -> None:
    """名单:起草、核对、签名、公布、查历史。Published lists: draft, compare, sign, publish, look back."""


@list_group.command("draft")
@click.argument("name")
@click.argument("content", type=_FILE, required=False)
@click.option("--effective", type=_DATE, help="生效日期,默认立即。From which day (China); now.")
@click.option("--expires", type=_DATE, required=True, help="到期日期。Until which day.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="草稿文件。The draft's file."
)
@click.option("--bodies", type=_FILE, help="信任名单:发证机关 CSV。For trust: the bodies.")
@click.option("--committees", type=_FILE, help="信任名单:评审委员会 CSV。For trust: the committees.")
@click.option("--suspensions", type=_FILE, help="信任名单:暂停 CSV。For trust: who is suspended.")
@_PUBLISHED
@_ROOTS
@click.pass_obj
def draft(
    desk: Desk,
    *,
    name: str,
    content: Path | None,
    effective: datetime | None,
    expires: datetime,
    out: Path,
    bodies: Path | None,
    committees: Path | None,
    suspensions: Path | None,
    published: str | None,
    roots: Path | None,
) -> None:
    """起草名单的下一版。Draft the next version of a list: its content from a JSON file, for trust from CSV files.

    \b
    例 Example:
      hallmark list draft catalogue new.json --effective 2027-01-01 --expires 2028-01-01 --out catalogue.draft
    """
    from hallmark.listmaking import draft_content, draft_trust
    from hallmark.trust_files import read_listed

    lists, now = _lists(desk, published, roots), desk.clock()
    newest = lists.newest(name)
    when = {"now": now, "effective": _moment(effective) if effective else now, "expires": _moment(expires)}
    if name == "trust":
        if content is not None or bodies is None or committees is None:
            raise DraftOptions
        made = draft_trust(newest, read_listed(bodies, committees, suspensions), desk.recorder, **when)
    else:
        if content is None or bodies or committees or suspensions:
            raise DraftOptions
        made = draft_content(newest, name, loads(content.read_bytes(), max_bytes=MAX_LIST_BYTES), **when)
    out.write_bytes(made.to_bytes())
    _show(made, newest, lists, _lists_roots(desk, roots))


@list_group.command("show")
@click.argument("draft_file", metavar="DRAFT", type=_FILE)
@_PUBLISHED
@_ROOTS
@click.pass_obj
def show(desk: Desk, draft_file: Path, published: str | None, roots: Path | None) -> None:
    """显示草稿与已公布版本的差异:签名之前请逐条核对。Show what a draft changes: read it before you sign."""
    made, lists = _read(draft_file), _lists(desk, published, roots)
    _show(made, lists.newest(made.listed.name), lists, _lists_roots(desk, roots))


@list_group.command("sign")
@click.argument("draft_file", metavar="DRAFT", type=_FILE)
@click.option("--key", required=True, help="签名密钥的名称,例如 catalogue-1。The key's name.")
@click.option(
    "--keys", type=click.Path(file_okay=False, exists=True, path_type=Path), help="自己的密钥文件夹。A key folder."
)
@click.option("--yes", is_flag=True, help="已核对,不再询问。Read already, do not ask.")
@_PUBLISHED
@_ROOTS
@click.pass_obj
def sign(
    desk: Desk, *, draft_file: Path, key: str, keys: Path | None, yes: bool, published: str | None, roots: Path | None
) -> None:
    """核对差异后签名;同一把密钥不能签两次。Sign a draft after reading what it changes; each key signs once.

    \b
    例 Example:
      hallmark list sign catalogue.draft --key catalogue-2
      HALLMARK_KEY_PASSPHRASE=… hallmark list sign catalogue.draft --key catalogue-2 --keys my-keys \\
        --published https://verify.example/registry --roots roots.json
    """
    from hallmark.listmaking import sign as sign_draft

    made, lists, trusted = _read(draft_file), _lists(desk, published, roots), _lists_roots(desk, roots)
    newest = lists.newest(made.listed.name)
    made.require_next(newest)
    _show(made, newest, lists, trusted)
    if not yes:
        click.confirm(_both("lists.confirm"), abort=True)
    signed = sign_draft(made, [_store(desk, keys).signer(key)], trusted)
    draft_file.write_bytes(signed.to_bytes())
    _say_signed(signed, trusted)


@list_group.command("publish")
@click.argument("draft_file", metavar="DRAFT", type=_FILE)
@click.pass_obj
def publish(desk: Desk, draft_file: Path) -> None:
    """登记并公布两人已签名的草稿。Record and publish a draft that its publishers have signed."""
    from hallmark.listmaking import record

    made = _read(draft_file)
    index = record(desk, made)
    desk.publish()
    _say("lists.recorded", name=made.listed.name, version=made.listed.version, index=index)


@list_group.command("history")
@click.argument("name")
@click.option("--on", type=_DATE, help="这一天哪一版有效。Which version governed this day.")
@click.option("--known", type=_DATE, help="按这一天已公布的来看。By what was published on this day.")
@_PUBLISHED
@_ROOTS
@click.pass_obj
def history(
    desk: Desk, *, name: str, on: datetime | None, known: datetime | None, published: str | None, roots: Path | None
) -> None:
    """列出名单的各版及其差异数。List the versions of a list, or say which one governed a day."""
    versions = _lists(desk, published, roots).history(name)
    if on is None and known is None:
        for edition in versions.editions:
            click.echo(_edition_line(edition))
        return
    at = _moment(on) + 86_399 if on else desk.clock()
    found = versions.in_force(at, known_at=_moment(known) + 86_399 if known else None)
    click.echo(_both("lists.none_then") if found is None else _edition_line(found))


def _edition_line(edition: Edition) -> str:
    this = edition.published
    place = "—" if edition.log_index is None else edition.log_index
    dates = f"{_day(this.published)} {_day(this.effective)} {_day(this.expires)}"
    return f"{this.version} {dates} {place} {this.digest.hex()}"


# what the commands share --------------------------------------------------------------------------------------------


def _lists_roots(desk: Desk, roots: Path | None) -> Roots:
    return desk.trusted_roots(roots)


def _lists(desk: Desk, published: str | None, roots: Path | None) -> PublishedLists:
    """The published lists at the address or folder named, else those of this house."""
    from hallmark.errors import NothingPublished
    from verifier.gather import FolderSource, HttpsSource

    if published is None:
        source = desk.published()
        if source is None:
            raise NothingPublished
    else:
        source = HttpsSource(published) if "://" in published else FolderSource(Path(published))
    return PublishedLists(source.read, _lists_roots(desk, roots))


def _store(desk: Desk, keys: Path | None) -> KeyStore:
    from hallmark.settings import passphrase_given

    return desk.keystore if keys is None else KeyStore(keys, passphrase_given(), desk.clock)


def _read(file: Path) -> Draft:
    with file.open("rb") as opened:
        return Draft.from_bytes(opened.read(MAX_DRAFT_BYTES + 1))


def _show(made: Draft, newest: PublishedList | None, lists: PublishedLists, roots: Roots) -> None:
    """Say what the draft is and every difference to the newest version, in both languages."""
    this = made.listed
    _say(
        "lists.draft", name=this.name, version=this.version, effective=_day(this.effective), expires=_day(this.expires)
    )
    changes = differences(
        {} if newest is None else lists.sections(newest), sections_of(this.name, this.content, made.shards)
    )
    _say_changes(changes, 0 if newest is None else newest.version)
    _say_signed(made, roots)


def _say_changes(changes: tuple[Change, ...], version: int) -> None:
    counted = {kind: sum(each.kind == kind for each in changes) for kind in ("added", "removed", "changed")}
    _say("lists.compared", version=version, **counted)
    for change in changes:
        for lang in LANGUAGES:
            click.echo(f"  {_printable(line(change, lang))}")


def _say_signed(made: Draft, roots: Roots) -> None:
    from hallmark.listmaking import publishers_of

    keys = publishers_of(roots, made.listed.name)
    signers = sorted(made.signers(keys))
    _say("lists.signed", have=len(signers), need=keys.threshold, kids=" ".join(signers) or "—")


def _say(code: str, **params: object) -> None:
    for lang in LANGUAGES:
        click.echo(say(code, lang, **params))


def _both(code: str) -> str:
    return " ".join(say(code, lang) for lang in LANGUAGES)


def _printable(text: str) -> str:
    """A list's words move no cursor and colour no terminal."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _moment(day: datetime) -> int:
    """The first second of a day in China."""
    return int(day.replace(tzinfo=UTC).timestamp()) - CHINA_OFFSET


def _day(moment: int) -> str:
    """The day in China, with the time where it is not the day's first second."""
    local = datetime.fromtimestamp(moment + CHINA_OFFSET, UTC)
    return f"{local:%Y-%m-%d}" if (moment + CHINA_OFFSET) % 86_400 == 0 else f"{local:%Y-%m-%dT%H:%M:%S}"
