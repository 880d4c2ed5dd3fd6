"""Faults of letters, each with the sentence for the person and the status of the answer."""

from common.errors import Conflict, DomainError, Invalid


class LetterContentError(Invalid):
    """The content of a letter is not complete or not well formed."""

    title = "文书内容有误"


class PlaceholderError(Invalid):
    """A letter text uses a placeholder that does not exist, or one without a value."""

    title = "文书用语有误"


class LetterGlyphError(LetterContentError):
    """No installed font can print a character. characters: those that cannot be printed, sorted."""

    title = "文书含有无法打印的字符"

    def __init__(self, characters: set[str]) -> None:
        self.characters = sorted(characters)
        listed = "、".join(f"“{character}”（U+{ord(character):04X}）" for character in self.characters)
        super().__init__(f"以下字符没有可用的字体，文书不能签发：{listed}。请安装收有这些字符的字体后重试。")


class LetterRenderError(DomainError):
    """The document could not be made; nothing was numbered."""

    status = 500
    title = "文书生成失败"


class LetterSigningError(DomainError):
    """The document could not be signed; nothing was numbered, the outbox tries again."""

    status = 503
    title = "电子签名失败"


class LetterStateError(Conflict):
    """The letter is not in the state this gesture needs."""

    title = "文书状态已变化"


class LetterTextChanged(Conflict):
    """Somebody else has set a newer wording."""

    title = "用语已有新的版本"
