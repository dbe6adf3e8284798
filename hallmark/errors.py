"""What can be wrong with a house as a whole: its settings, its secrets, its place."""

from typing import ClassVar


class HallmarkError(Exception):
    """Base of the room: a stable `code` and `params` for the message catalogue."""

    code: ClassVar[str] = "hallmark.error"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(f"{self.code} {params}" if params else self.code)


class SettingsMissing(HallmarkError):
    """There is no house in this folder. Params: home."""

    code = "hallmark.settings_missing"


class SettingsInvalid(HallmarkError):
    """A member of `hallmark.toml` is unknown or wrong. Params: member, defect."""

    code = "hallmark.settings_invalid"


class PassphraseMissing(HallmarkError):
    """The passphrase of the keys was not given."""

    code = "hallmark.passphrase_missing"


class ReceiptPassphraseMissing(HallmarkError):
    """The passphrase of the folder with the key for receipts was not given."""

    code = "hallmark.receipt_passphrase_missing"


class ReceiptKeysNotAlone(HallmarkError):
    """The folder for receipts holds another key too, or none, or one that may not sign them. Params: folder."""

    code = "hallmark.receipt_keys_not_alone"


class HouseExists(HallmarkError):
    """A house is already in this folder; nothing was touched. Params: home."""

    code = "hallmark.house_exists"


class DatabaseTaken(HallmarkError):
    """The database named for a new house holds tables already; nothing was touched. Params: member."""

    code = "hallmark.database_taken"


class RootsMissing(HallmarkError):
    """No root of trust was named, so nothing can be trusted."""

    code = "hallmark.roots_missing"


class RegistryElsewhere(HallmarkError):
    """This house only issues; what was asked needs the registry's own house. Params: address."""

    code = "hallmark.registry_elsewhere"


class LedgerElsewhere(HallmarkError):
    """This house only keeps a registry; it issues nothing and has no ledger."""

    code = "hallmark.ledger_elsewhere"


class BodyCodeInvalid(HallmarkError):
    """Not a unified social credit code. Params: body."""

    code = "hallmark.body_code_invalid"


class AddressInvalid(HallmarkError):
    """A registry's address that is not https. Params: address."""

    code = "hallmark.address_invalid"


class OtherRegistryMeant(HallmarkError):
    """A request to enrol was made for another registry. Params: meant, address."""

    code = "hallmark.other_registry_meant"


class RootsEditInvalid(HallmarkError):
    """A draft of the next roots names a member or a witness that cannot stand. Params: member."""

    code = "hallmark.roots_edit_invalid"


class BackupInvalid(HallmarkError):
    """Not a backup of a house, or damaged. Params: defect."""

    code = "hallmark.backup_invalid"


class ListFileInvalid(HallmarkError):
    """The file of bodies or committees is not in the expected form. Params: file, row, column."""

    code = "hallmark.list_file_invalid"


class ListFileUnreadable(HallmarkError):
    """The file of bodies or committees is not UTF-8, or no CSV. Params: file."""

    code = "hallmark.list_file_unreadable"


class DraftOptions(HallmarkError):
    """A trust list is drafted from CSV files, every other list from one JSON file; never both."""

    code = "hallmark.draft_options"


class NothingPublished(HallmarkError):
    """There is no house here and no published registry was named."""

    code = "hallmark.nothing_published"


class ApiKeysUnreadable(HallmarkError):
    """The file of API keys cannot be read, or is not in its form: no key is accepted."""

    code = "hallmark.api_keys_unreadable"


class ApiKeyUnknown(HallmarkError):
    """No API key has this id. Params: key."""

    code = "hallmark.api_key_unknown"


class ApiKeyRate(HallmarkError):
    """A limit that is not written as "6000/minute". Params: rate."""

    code = "hallmark.api_key_rate"


class ReportsClosed(HallmarkError):
    """The box of reports was never opened."""

    code = "hallmark.reports_closed"


class ReportUnknown(HallmarkError):
    """No report has this reference. Params: reference."""

    code = "hallmark.report_unknown"


class ReportUnreadable(HallmarkError):
    """The report is damaged, or was sealed to another passphrase. Params: reference."""

    code = "hallmark.report_unreadable"
