"""Cells that only tables of awards have; all others: common/tables/cells.py."""

from typing import Any

from django.core.exceptions import ValidationError

from accounts.validators import normalise_uscc, validate_uscc
from common.tables.cells import CellFault


def uscc(value: Any) -> str:
    """A 统一社会信用代码, written as it is registered."""
    if not isinstance(value, str):
        raise CellFault("统一社会信用代码被 Excel 存成了数字，末几位可能已经丢失，请把单元格设为“文本”后重新填写。")
    code = normalise_uscc(value)
    try:
        validate_uscc(code)
    except ValidationError as error:
        raise CellFault("".join(error.messages)) from error
    return code
