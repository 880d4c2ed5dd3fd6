"""Checking what strangers upload: type by content, limits, and nothing that acts (trust, invariant 9)."""

from common.uploads.check import KINDS, CheckedUpload, check_upload
from common.uploads.errors import ScannerUnavailable, UploadRejected, UploadTooLarge
from common.uploads.several import check_several, largest_together

__all__ = [
    "KINDS",
    "CheckedUpload",
    "ScannerUnavailable",
    "UploadRejected",
    "UploadTooLarge",
    "check_several",
    "check_upload",
    "largest_together",
]
