"""What somebody who objects must tell: a real name, a telephone number, the facts, and files that may be kept."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from accounts.validators import normalise_digits, plain_text, validate_phone
from applications.actions.messages import Enclosure
from common.errors import Invalid
from common.prose import read_prose
from common.uploads import CheckedUpload, check_several, largest_together

MAX_NAME, MAX_ADDRESS = 60, 120
MIN_TEXT, MAX_TEXT = 10, 4000
MAX_FILES = 5
#: Names that hide a name. 某 alone (张某) too, and a title after a surname (王先生).
_NOBODY = re.compile(r"匿名|无名|佚名|不愿|不便|保密|隐名|化名|知情人|知情者|热心|群众|市民|网友|路人|举报人|异议人|某")
_TITLED = re.compile(r"^[\u4e00-\u9fff]{1,2}(先生|女士|小姐|同志|老师|经理|总|工)$")


@dataclass(frozen=True)
class Objector:
    """What was told, as it is stored."""

    name: str
    phone: str
    address: str
    text: str


def read_name(text: str) -> str:
    """A person's full name or a unit's name; Invalid with a sentence for what cannot be one."""
    try:
        name = plain_text(text)
    except ValidationError as error:
        raise Invalid(error.messages[0], field="name") from error
    letters = [character for character in name if unicodedata.category(character).startswith("L")]
    if not name:
        fault = "请填写真实姓名或单位全称：异议须实名提出。"
    elif len(name) > MAX_NAME:
        fault = f"姓名或单位名称最多 {MAX_NAME} 字，您填写了 {len(name)} 字。"
    elif _NOBODY.search(name) or _TITLED.match(name):
        fault = (
            f"“{name}”不是真实姓名或单位全称：异议须实名提出，匿名异议不能受理。身份信息只供主办单位核查，不会公开。"
        )
    elif not letters:
        fault = "姓名或单位名称不能只有数字或符号，请填写真实姓名或单位全称。"
    elif len(letters) < 2:
        fault = "姓名或单位名称至少两个字，请填写全名。"
    elif len(letters) > 2 and len(set(letters)) == 1:
        fault = "姓名或单位名称不能是同一个字的重复，请填写真实姓名或单位全称。"
    else:
        return name
    raise Invalid(fault, field="name")


def _read_phone(text: str) -> str:
    phone = normalise_digits(text)
    if not phone:
        raise Invalid("请填写联系电话，便于核查时与您联系。", field="phone")
    try:
        validate_phone(phone)
    except ValidationError as error:
        raise Invalid(error.messages[0], field="phone") from error
    return phone


def _read_address(text: str) -> str:
    try:
        address = plain_text(text)
    except ValidationError as error:
        raise Invalid(error.messages[0], field="address") from error
    if len(address) > MAX_ADDRESS:
        raise Invalid(f"联系地址最多 {MAX_ADDRESS} 字，您填写了 {len(address)} 字。", field="address")
    return address


def _read_text(text: str) -> str:
    plain = read_prose(text, field="text", name="异议内容和事实依据", limit=MAX_TEXT)
    if len(plain) < MIN_TEXT:
        raise Invalid(f"请写明异议的具体内容和事实依据，至少 {MIN_TEXT} 字。", field="text")
    return plain


def _read_files(files: Sequence[Enclosure]) -> list[CheckedUpload]:
    checked, faults = check_several(
        files,
        most=MAX_FILES,
        too_many=f"最多附 {MAX_FILES} 个文件，您选择了 {len(files)} 个。",
        too_large=f"文件合计不能超过 {largest_together()}，请压缩后重新选择。",
    )
    if faults:
        raise Invalid(faults[0], errors={"attachments": faults})
    return checked


def read_objection(
    *, name: str, phone: str, address: str, text: str, files: Sequence[Enclosure]
) -> tuple[Objector, list[CheckedUpload]]:
    """Everything as it may be stored; Invalid with every fault of every field at once."""
    errors: dict[str, list[str]] = {}
    read: dict[str, str] = {}
    for field, reader, value in (
        ("name", read_name, name),
        ("phone", _read_phone, phone),
        ("address", _read_address, address),
        ("text", _read_text, text),
    ):
        try:
            read[field] = reader(value)
        except Invalid as refused:
            errors |= refused.errors
    checked: list[CheckedUpload] = []
    try:
        checked = _read_files(files)
    except Invalid as refused:
        errors |= refused.errors
    if errors:
        raise Invalid("异议没有提交，请按提示更正。", errors=errors)
    return Objector(**read), checked
