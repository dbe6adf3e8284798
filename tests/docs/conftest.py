"""A founded house with issued, changed and published certificates, made once; and forgeries of its codes."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import pytest

from credentials.envelope import read_token, seal
from credentials.kinds import Kind
from credentials.model import Credential
from credentials.qrtext import to_text
from hallmark.founding import found
from hallmark.house import House
from issuers.changes import Order
from issuers.cli import check_file, issue_rows
from keys.signer import Signer
from tests.docs.second_formats import folder
from tests.docs.second_verifier import answer
from verifier.check import check
from verifier.gather import FolderSource, Gatherer
from verifier.policy import OFFLINE

HOST = "hallmark.example"
EVENTS = ("none", "revoked", "suspended", "rescinded", "reinstated", "superseded")


@dataclass(frozen=True)
class Published:
    """A house, its published folder, and one QR text for every event."""

    house: House
    folder: Path
    texts: dict[str, str]
    tokens: dict[str, bytes]
    now: int

    @property
    def roots(self) -> bytes:
        """The roots document the verifiers trust."""
        return self.house.settings.roots_file.read_bytes()

    def sealed(self, credential: Credential, signer: Signer) -> str:
        """The QR text of any credential under any key."""
        token = seal(credential, signer, registry_url=self.house.settings.registry_url).token
        return to_text(HOST, token)

    def like(self, **changes: object) -> Credential:
        """The genuine certificate with other facts, complete for sealing."""
        genuine = read_token(self.tokens["none"]).credential
        return replace(genuine, issuer_code=self.body_code, **changes)  # type: ignore[arg-type]  # facts by name

    @property
    def body_code(self) -> str:
        """The code of the body that issued the genuine certificate."""
        return self.house.ledger.record(read_token(self.tokens["none"]).credential.number).body_code

    def both(
        self, text: str, *, now: int | None = None, at: Path | None = None, proof: bytes | None = None
    ) -> tuple[str, str]:
        """The answers of the rooms' verifier and of the second one."""
        moment, place = now or self.now, at or self.folder
        gatherer = Gatherer(FolderSource(place), self.house.trusted_roots(), lambda: moment)
        ours = check(text, gatherer.evidence_for(text), OFFLINE, now=moment, proof=proof).result.value
        return ours, answer(text, folder(place), self.roots, moment, proof=proof)


def found_house(home: Path, data: Path) -> House:
    """A test house with the demo's bodies and committees."""
    return found(home, host=HOST, test=True, bodies=data / "bodies.csv", committees=data / "committees.csv")


def issue(house: House, data: Path, work: Path, rows: slice) -> list[str]:
    """Issue some rows of the demo's titles; return their numbers."""
    lines = (data / "titles.csv").read_text("utf-8").splitlines()
    file = work / f"titles-{rows.start}.csv"
    file.write_text("\n".join([lines[0], *lines[rows]]) + "\n", "utf-8")
    before = {record.number for record in house.ledger.records()}
    issue_rows(house, check_file(house, file, Kind.TITLE), Kind.TITLE, file.name)
    return [record.number for record in house.ledger.records() if record.number not in before]


@pytest.fixture(scope="session")
def data() -> Path:
    """The demo's input files."""
    return Path(str(resources.files("hallmark.demo").joinpath("data")))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Published:
    """One certificate for each event, changed and published."""
    work = tmp_path_factory.mktemp("docs")
    house = found_house(work / "house", data)
    numbers = dict(zip(EVENTS, issue(house, data, work, slice(1, 9)), strict=False))
    for event, number in numbers.items():
        steps = {"none": [], "reinstated": ["suspended", "reinstated"]}.get(event, [event])
        for step in steps:
            successor = numbers["none"] if step == "superseded" else None
            code = house.ledger.record(number).body_code
            house.status_desk.change([number], Order(step, house.clock(), code, successor=successor))
    house.publish()
    tokens = {event: house.ledger.sealed_bytes(number)[0] for event, number in numbers.items()}
    texts = {event: to_text(HOST, token) for event, token in tokens.items()}
    return Published(house, house.settings.public, texts, tokens, house.clock())


@pytest.fixture
def copied(published: Published, tmp_path: Path) -> Iterator[Path]:
    """A copy of the published folder, to be spoiled: files are links, so replace a file, never write into it."""
    place = tmp_path / "public"
    shutil.copytree(published.folder, place, copy_function=os.link)
    yield place
    shutil.rmtree(place)
