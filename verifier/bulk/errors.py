"""What can be wrong with one line or with a whole batch: a stable code per leaf."""

from verifier.errors import ReadingError, VerifierError


class BulkError(VerifierError):
    """Base of the errors about batches."""

    code = "verifier.bulk_failed"


class LineMalformed(BulkError):
    """The line is no strict JSON object with the members that we know."""

    code = "verifier.line_malformed"


class LineTooLong(BulkError):
    """More bytes than a line may have. Params: limit."""

    code = "verifier.line_too_long"


class LineWithoutText(BulkError):
    """There is nothing to check on the line."""

    code = "verifier.line_without_text"


class BatchEmpty(BulkError):
    """Not one line."""

    code = "verifier.batch_empty"


class BatchTooLong(BulkError):
    """More lines than one request may have. Params: lines, limit."""

    code = "verifier.batch_too_long"


class ColumnNotFound(BulkError):
    """The table has no column, or several, for what is to be checked. Params: columns, known."""

    code = "verifier.bulk_column_not_found"


class ArchiveSuspicious(BulkError):
    """The ZIP is out of measure, encrypted, or packed in a way that we do not read. Params: name."""

    code = "verifier.bulk_archive_suspicious"


class SourceUnreadable(BulkError):
    """The file cannot be read. Params: name."""

    code = "verifier.bulk_source_unreadable"


class NothingToCheck(ReadingError):
    """The row's cell is blank."""

    code = "verifier.bulk_nothing_to_check"


class ResultExists(BulkError):
    """A result file, or an unfinished run, lies there already; nothing was touched. Params: name."""

    code = "verifier.bulk_result_exists"


class JournalUnreadable(BulkError):
    """The unfinished run is of another input, or damaged. Params: name."""

    code = "verifier.bulk_journal_unreadable"
