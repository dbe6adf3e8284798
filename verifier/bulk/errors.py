"""What can be wrong with one line or with a whole batch: a stable code per leaf."""

from verifier.errors import VerifierError


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
