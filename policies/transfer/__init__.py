"""A whole document as one YAML file, out and in again: the same content gives the same bytes."""

from policies.transfer.reading import read_yaml
from policies.transfer.schema import FORMAT, TransferFile
from policies.transfer.writing import as_drafts, write_yaml

__all__ = ["FORMAT", "TransferFile", "as_drafts", "read_yaml", "write_yaml"]
