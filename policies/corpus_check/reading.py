"""Reading single files of the corpus: whatever cannot be read is told in Chinese, with its place and what mends it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from policies.lint.faults import LintFault
from policies.rules.corpus import CorpusError

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
#: Words of tomllib → what is wrong.
_TOML = (
    ("Cannot overwrite", "同一个键写了两次"),
    ("Cannot declare", "同一个键或表写了两次"),
    ("Cannot mutate", "同一个键或表写了两次"),
    ("Duplicate", "同一个键写了两次"),
    ("Unterminated string", "文字的引号没有成对"),
    ("Illegal character", "文字的引号没有成对，或含有不能使用的字符"),
    ("Unclosed", "括号没有成对"),
    ("Invalid date", "日期不存在"),
    ("Invalid value", "缺少数值，或数值没有写完整"),
    ("Expected '='", "键的后面没有等号"),
)
_TOML_MEND = "请核对这里的引号、等号、括号、逗号和日期；文字要用英文引号括起来，同一个键只能写一次。"


class CorpusFormatError(CorpusError):
    """Files cannot be read or do not hold what they should; `faults` has the faults, paths from the corpus on."""

    def __init__(self, faults: list[LintFault]) -> None:
        super().__init__("；".join(str(fault) for fault in faults))
        self.faults = faults


def refused(path: str, message: str, mend: str) -> CorpusFormatError:
    """One fault as an error."""
    return CorpusFormatError([LintFault(path, message, mend)])


def read_text(root: Path, name: str) -> str:
    """A text file of the corpus; `name` is its path from the corpus on. Raises CorpusFormatError."""
    try:
        return (root / name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"文件不是 UTF-8 编码（第 {error.start + 1} 个字节起无法识别）。"
        raise refused(name, message, "请用编辑器另存为 UTF-8。") from error
    except FileNotFoundError as error:
        raise refused(name, "缺少这个文件。", "请补上；改过名的，请同时更正引用它的地方。") from error
    except (IsADirectoryError, NotADirectoryError) as error:
        raise refused(name, "应为文件，实际是文件夹，或上一级不是文件夹。", "请移走同名的文件夹，放上文件。") from error
    except (OSError, ValueError) as error:
        raise refused(name, "文件无法读取。", "请核对文件名和读取权限。") from error


def read_toml(root: Path, name: str) -> dict[str, Any]:
    """A TOML file of the corpus, as :func:`read_text`."""
    text = read_text(root, name)
    if text.startswith("\ufeff"):
        raise refused(name, "文件开头有 BOM 标记。", "请另存为不带 BOM 的 UTF-8。")
    if not text.strip():
        raise refused(name, "文件是空的。", "请补上内容；不需要的，请删除文件，并更正引用它的地方。")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise refused(name, "层次过深，无法读取。", "请减少括号的嵌套。") from error
    except ValueError as error:  # TOMLDecodeError is one; so is a number of too many digits
        raise refused(name, _toml_sentence(str(error)), _TOML_MEND) from error


def _toml_sentence(said: str) -> str:
    what = next((sentence for words, sentence in _TOML if words in said), "不符合 TOML 的写法")
    if place := _PLACE.search(said):
        return f"第 {place[1]} 行第 {place[2]} 列：{what}。"
    return f"文件末尾：{what}。" if "end of document" in said else f"{what}。"


def document_folders(root: Path) -> list[str]:
    """The names of the document folders. Raises CorpusFormatError for a root that is none."""
    shown = str(root)
    if not root.exists():
        raise refused(shown, "语料目录不存在。", "请核对 --root 的路径。")
    if not root.is_dir():
        raise refused(shown, "应为文件夹，实际是文件。", "--root 请写语料目录，而不是其中的文件。")
    folders = sorted(
        path.name for path in root.iterdir() if path.is_dir() and path.name != "series" and path.name[0] not in "._"
    )
    if not folders:
        raise refused(shown, "目录中没有任何政策的文件夹。", "请核对 --root，它应是 units.toml 所在的目录。")
    return folders
