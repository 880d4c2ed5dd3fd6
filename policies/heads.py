"""The head of an official document as a value: its number in the standard form, an address made of it, its days."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace

from common.errors import Invalid
from policies.enums import DocumentKind

#: Pinyin of the characters of issuing bodies and kinds of document, for addresses; another character makes the whole
#: name the neutral one, and whoever enters the document may write an address of their own.
_PINYIN = dict(
    re.findall(
        r"([\u4e00-\u9fff])([a-z]+)",
        "洪hong 赣gan 南nan 昌chang 府fu 市shi 县xian 区qu 政zheng 党dang 委wei 办ban 厅ting 局ju "
        "发fa 字zi 函han 令ling 规gui 通tong 知zhi 提ti 复fu 公gong 告gao 工gong 信xin 改gai 商shang "
        "务wu 科ke 技ji 教jiao 财cai 预yu 税shui 金jin 融rong 人ren 社she 组zu 国guo 资zi 自zi 然ran "
        "住zhu 建jian 数shu 据ju 统tong 计ji 审shen 监jian 管guan 产chan 投tou 经jing 开kai 高gao "
        "新xin 文wen 议yi 会hui ",
    )
)
_NEUTRAL = "wenjian"
_NUMBER = re.compile(r"(?P<body>[\u4e00-\u9fff]{1,12})〔(?P<year>(?:19|20)\d{2})〕(?P<serial>[1-9]\d{0,4})号")
_OPEN, _CLOSE = "[【（(［〔﹝", "]】）)］〕﹞"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: Addresses of pages that stand beside documents, in the library and in 政策维护.
RESERVED_SLUGS = frozenset({"new", "import", "search", "calls", "documents"})
MAX_SLUG = 60


def normalise_number(text: str) -> str:
    """A 发文字号 in the standard form (洪府发〔2023〕30号): year in 〔〕, no blanks, no 第.

    Raises Invalid (field `number`) for what has another form.
    """
    bare = re.sub(r"\s+", "", text)
    bare = bare.translate({**{ord(mark): "〔" for mark in _OPEN}, **{ord(mark): "〕" for mark in _CLOSE}})
    bare = unicodedata.normalize("NFKC", bare).replace("〕第", "〕")
    if not _NUMBER.fullmatch(bare):
        raise Invalid("发文字号由机关代字、年份和序号组成，请写成“洪府发〔2023〕30号”的形式。", field="number")
    return bare


def suggested_slug(number: str) -> str:
    """The address that a number suggests: its letters in pinyin, year, serial (hongfufa-2023-30)."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        return _NEUTRAL
    letters = [_PINYIN.get(character, "") for character in found["body"]]
    name = "".join(letters) if all(letters) else _NEUTRAL
    tail = f"-{found['year']}-{found['serial']}"
    return f"{name[: MAX_SLUG - len(tail)]}{tail}"


@dataclass(frozen=True)
class DocumentHead:
    """What the head of a document says. A policy has a first day, since its clauses and settings are dated by it."""

    number: str
    title: str
    kind: str
    issuer: str
    slug: str
    issued_on: dt.date | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    replaces: str = ""
    source_note: str = ""

    def checked(self) -> "DocumentHead":
        """The same with the numbers in their standard form; raises Invalid with every fault, by field."""
        faults: dict[str, list[str]] = {}
        numbers = {"number": self.number, "replaces": self.replaces}
        for name, text in numbers.items():
            if name == "number" or text:
                try:
                    numbers[name] = normalise_number(text)
                except Invalid as error:
                    faults[name] = [error.message]
        for name, label in (("title", "标题"), ("issuer", "发文机关")):
            if not getattr(self, name).strip():
                faults[name] = [f"请填写{label}。"]
        if self.kind not in DocumentKind.values:
            faults["kind"] = ["请选择文件的类别。"]
        if not SLUG.fullmatch(self.slug) or len(self.slug) > MAX_SLUG:
            faults["slug"] = [f"地址只能用小写字母、数字和连字符，例如 hongfufa-2023-30，不超过 {MAX_SLUG} 个字符。"]
        elif self.slug in RESERVED_SLUGS:
            faults["slug"] = [f"地址“{self.slug}”已有其他用途，请换一个，例如 {suggested_slug(numbers['number'])}。"]
        if self.kind == DocumentKind.POLICY and self.valid_from is None:
            faults["valid_from"] = ["请填写施行日期：条款和待确认事项自这一天起有效。"]
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            faults["valid_to"] = ["有效期的截止日不能早于施行日期。"]
        if self.replaces and numbers["replaces"] == numbers["number"]:
            faults["replaces"] = ["一份文件不能废止自己，请填写被废止的文件。"]
        if faults:
            raise Invalid("文件信息有误。", errors=faults)
        return replace(
            self,
            number=numbers["number"],
            replaces=numbers["replaces"],
            title=self.title.strip(),
            issuer=self.issuer.strip(),
        )
