"""Refusals of an upload; every one tells the person what is wrong and, where it helps, what to do."""

from common.errors import Invalid


class UploadRejected(Invalid):
    """The file is not accepted; ``message`` is shown beside the field."""

    title = "文件未通过检查"


class UploadTooLarge(UploadRejected):
    """More bytes than the field takes."""

    status = 413


class ScannerUnavailable(UploadRejected):
    """A virus scanner is configured and does not answer: without its word nothing is accepted."""

    status = 503
