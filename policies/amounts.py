"""Amounts in 亿元 as tables of targets print them, exact to the 分."""

FEN_PER_YI = 100_000_000 * 100


def yi(fen: int) -> str:
    """An amount in 亿元 without needless zeros: 1950, 0.5."""
    whole, rest = divmod(fen, FEN_PER_YI)
    return f"{whole}.{rest:010d}".rstrip("0").rstrip(".")


def fen_of_yi(text: str) -> int:
    """The amount in 分 of digits with at most ten decimals: 0.5. The form of the text is asked before."""
    whole, _, rest = text.partition(".")
    return int(whole) * FEN_PER_YI + int((rest or "0").ljust(10, "0"))
