"""The house: the one place where the rooms are put together. Everything is opened once, on first use.

Command lines, the server and the demo are handed a `House`; each room's command line declares the part of it that it uses.
"""

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Engine

from hallmark import signers
from hallmark.elsewhere import KeptShards, read_required, read_trust
from hallmark.errors import LedgerElsewhere, RegistryElsewhere
from hallmark.licence_settings import identifier_of
from hallmark.receipts import receipt_desk
from hallmark.reconcile import Progress, reconcile
from hallmark.reconcile_published import reconcile_published
from hallmark.settings import NO_LEDGER, Settings, passphrase
from hallmark.strangers import read_roots
from hallmark.wall import wall_clock
from issuers.changes import StatusDesk
from issuers.issue import IssuingDesk
from issuers.ledger import Ledger
from issuers.personal import Vault
from issuers.ports import Registry
from issuers.proofs import ProofDesk
from issuers.singles import SinglesDesk
from keys.keystore import KeyStore
from keys.roots import LogIdentity, Roots
from keys.rotation import Purpose
from keys.signer import Signer
from registry import paths
from registry.audit import audit
from registry.catalogue import Catalogue
from registry.client import RemoteRegistry
from registry.grouped import GroupedRecorder
from registry.lists import PublishedList, open_list
from registry.log import Log
from registry.publish import Publication, publish
from registry.published.reading import PublishedLists
from registry.recorder import Recorder
from registry.refusals import NotRetrievable
from registry.replay import Finding
from registry.trust import TrustList
from registry.watermark import Watermark
from registry.witnesses.client import RemoteWitness
from registry.witnesses.cosigner import Cosign, Witness
from registry.witnesses.known import KnownLog
from verifier.gather import EvidenceSource, FolderSource, Gatherer, walk_roots
from verifier.receipts.desk import ReceiptDesk
from web.database import open_engine

WITNESS_NAME = "witness"
CLIENT_KEY = "api-client"
"""The name of the key by which an issuing house proves to the registry's API who asks."""


class House:
    """A founded house in a folder. Cheap to make; keys, databases and lists open when they are first asked for."""

    def __init__(self, settings: Settings, clock: Callable[[], int] = wall_clock, *, actor: str = "operator") -> None:
        self.settings = settings
        self.clock = clock
        self._actor = actor

    def close(self) -> None:
        """Let go of the databases that were opened; asking again opens them again."""
        for name in ("registry_engine", "ledger_engine"):
            if isinstance(engine := self.__dict__.get(name), Engine):
                engine.dispose()

    # keys -----------------------------------------------------------------------------------------------------------

    @cached_property
    def _secret(self) -> bytes:
        """What the ledger's keys are derived from: the passphrase, stretched once with the house's own salt."""
        salt = (self.settings.home / "house.id").read_bytes()
        return Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(passphrase(self.settings))

    def _derived(self, what: bytes) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=b"hallmark/" + what).derive(self._secret)

    @cached_property
    def keystore(self) -> KeyStore:
        """The encrypted keys."""
        return KeyStore(self.settings.keys, passphrase(self.settings), self.clock)

    def signer_of(self, body_code: str) -> Signer:
        """The credential signer of a body: of its keys the newest that is active. Raises KeyMissing."""
        return signers.newest_of_body(self.keystore, body_code)

    @cached_property
    def source_key_secret(self) -> bytes:
        """Keys the digests by which one person's award is recognised on re-import."""
        return self._derived(b"source-key")

    @property
    def report_secret(self) -> bytes:
        """The private key of the box of reports."""
        return self._derived(b"reports")

    # registry -------------------------------------------------------------------------------------------------------

    @cached_property
    def registry_engine(self) -> Engine:
        """The registry's database. Raises RegistryElsewhere."""
        self.require_registry()
        return open_engine(self.settings.registry_database)

    @cached_property
    def log(self) -> Log:
        """The append-only log with its two signing keys."""
        return Log(
            self.registry_engine,
            origin=self.settings.log_origin,
            ed25519=self.keystore.signer("log-ed25519"),
            ml_dsa_44=self.keystore.signer("log-ml-dsa-44"),
            clock=self.clock,
            watermark=Watermark(self.settings.home / "watermark"),
        )

    @property
    def log_identity(self) -> LogIdentity:
        """The log's origin and public keys, for a verifier."""
        return self.trusted_roots().log if self.settings.remote else self.log.identity

    def require_registry(self) -> None:
        """Return where this house keeps the registry, else raise RegistryElsewhere."""
        if self.settings.remote:
            raise RegistryElsewhere(address=self.settings.registry)

    @cached_property
    def registry(self) -> Registry:
        """The registry as issuers use it: this house's own, or the one that stands elsewhere."""
        if not self.settings.remote:
            return self.recorder
        signer = self.keystore.signer(CLIENT_KEY)
        return RemoteRegistry(self.settings.registry, signer.public_key.kid, signer, self.clock)

    @cached_property
    def recorder(self) -> Recorder:
        """The registry in this process. Raises RegistryElsewhere."""
        founded = self.settings.roots_file.exists()
        operators = self.newest_roots().key_set(Purpose.STATUS) if founded else None
        return Recorder(self.log, operators=operators)

    def newest_roots(self) -> Roots:
        """The newest roots document that this house's registry has recorded, else the one that it ships."""
        try:
            return Recorder(self.log).roots()
        except NotRetrievable:
            return self.trusted_roots()

    @property
    def status_signer(self) -> Signer:
        """The house's key that signs statuses under the newest roots: lists, and what the operator ends.

        Raises KeyMissing when none of the keys that the roots name lies here.
        """
        return signers.one_of(self.keystore, self.newest_roots().key_set(Purpose.STATUS), Purpose.STATUS)

    @cached_property
    def grouped_recorder(self) -> GroupedRecorder:
        """The registry for many threads at once: a server's. One for each process, or nothing is grouped."""
        return GroupedRecorder(self.recorder)

    @cached_property
    def witness(self) -> Witness:
        """The in-house cosigner: shows care, not independence (SECURITY.md)."""
        return Witness(
            WITNESS_NAME,
            [self.keystore.signer("witness")],
            KnownLog.of(self.log_identity),
            self.settings.home / "witness.json",
            self.clock,
        )

    @cached_property
    def witnesses(self) -> list[Cosign]:
        """Everyone who is asked to cosign: the house's own witness, where it has one, and those of `hallmark.toml`."""
        own: list[Cosign] = [self.witness] if self.settings.house_witness else []
        return own + [RemoteWitness(each.url, each.keys) for each in self.settings.witnesses]

    def publish(self, folder: Path | None = None) -> Publication | None:
        """Bring the published folder (another one, where it is given) up to date, cosigned by as many witnesses as answer; raises without enough.

        A registry elsewhere publishes itself: then nothing is done here, and None returned.
        """
        if self.settings.remote:
            return None
        return publish(
            self.log,
            folder or self.settings.public,
            status_signer=self.status_signer,
            witnesses=self.witnesses,
            registry_url=self.settings.registry_url,
        )

    def published_list(self, name: str, purpose: Purpose) -> PublishedList:
        """The newest version of a published list, as the world sees it, its signatures verified."""
        path = paths.list_path(name)
        if not self.settings.remote and not (self.settings.public / path).exists():
            self.publish()  # a restored house has published nothing yet
        data = read_required(self.published(), path)
        return open_list(data, self.trusted_roots().key_set(purpose), name=name, now=self.clock())

    def lists(self) -> PublishedLists:
        """Every version of every published list, as the world sees them."""
        return PublishedLists(FolderSource(self.settings.public).read, self.trusted_roots())

    @cached_property
    def catalogue(self) -> Catalogue:
        """The catalogue of series, titles and qualifications in force."""
        return Catalogue.from_content(self.published_list("catalogue", Purpose.CATALOGUE).content)

    @cached_property
    def trust(self) -> TrustList:
        """The whole trust list in force."""
        return read_trust(self.published(), self.published_list("trust", Purpose.TRUST))

    # issuers --------------------------------------------------------------------------------------------------------

    @cached_property
    def ledger_engine(self) -> Engine:
        """The issuers' database. Raises LedgerElsewhere."""
        if self.settings.ledger_database == NO_LEDGER:
            raise LedgerElsewhere
        return open_engine(self.settings.ledger_database)

    @cached_property
    def ledger(self) -> Ledger:
        """The issuers' ledger; personal data under a key of its own."""
        return Ledger(self.ledger_engine, Vault(self._derived(b"ledger")), actor=self._actor)

    @cached_property
    def issuing_desk(self) -> IssuingDesk:
        """Issues certificates."""
        return IssuingDesk(
            self.ledger,
            self.registry,
            self.signer_of,
            self.log_identity,
            self.clock,
            self.settings.registry_url,
            partial(identifier_of, self.settings.licence_types),
        )

    @cached_property
    def singles_desk(self) -> SinglesDesk:
        """Issues single certificates for many threads at once."""
        return SinglesDesk(self.issuing_desk)

    @cached_property
    def status_desk(self) -> StatusDesk:
        """Changes their status."""
        return StatusDesk(self.ledger, self.registry, self.signer_of, self.clock)

    @property
    def proof_desk(self) -> ProofDesk:
        """Makes the proofs that travel with certificates, under the newest roots and what is published now."""
        return ProofDesk(self.ledger, self.published(), self.walked_roots())

    # audit ----------------------------------------------------------------------------------------------------------

    def audit(self, progress: Progress | None = None) -> list[Finding]:
        """Replay the whole log against the database, then hold the ledger against both; empty when all agree."""
        if self.settings.remote:
            return self._audit_from_outside(progress)
        findings = audit(self.registry_engine, self.trusted_roots(), progress=progress)
        records = self.keystore.records()
        if self.settings.ledger_database == NO_LEDGER:
            return findings
        kid8s = {each.public_key.kid8 for each in records if each.purpose is Purpose.CREDENTIAL}
        return findings + reconcile(self.ledger, self.log, kid8s, progress)

    def _audit_from_outside(self, progress: Progress | None) -> list[Finding]:
        """Hold the ledger against what the registry publishes, as any verifier would see it."""
        gatherer = Gatherer(self.published(), self.walked_roots(), self.clock)
        return reconcile_published(self.ledger, gatherer, self.clock, progress)

    # verifier -------------------------------------------------------------------------------------------------------

    def trusted_roots(self, file: Path | None = None) -> Roots:
        """The root of trust in `file`, else this house's own; raise `RootsMissing`."""
        return read_roots(file or self.settings.roots_file)

    def walked_roots(self) -> Roots:
        """The newest roots document that is published and follows this house's own."""
        return walk_roots(self.published(), self.trusted_roots(), self.clock())

    def published(self) -> EvidenceSource:
        """The registry's published folder: this house's, or over HTTPS from where the registry stands."""
        if self.settings.remote:
            return KeptShards(self.settings.registry_url, self.settings.home / "kept")
        return FolderSource(self.settings.public)

    def floor_file(self) -> Path | None:
        """Where this house's verifier remembers the newest log it has seen."""
        return self.settings.home / "seen.json"

    def receipt_desk(self, roots: Roots) -> ReceiptDesk:
        """Opens receipts under `roots`, and gives them where this house was given the key."""
        return receipt_desk(self.settings, roots, self.clock)

    def print_settings(self) -> Settings:
        """Where a printed certificate sends its reader, and whether it is a test."""
        return self.settings
