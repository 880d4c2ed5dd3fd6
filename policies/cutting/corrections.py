"""What a person corrects in a cut before it is stored: kind and place of a piece, a piece split, or joined to another.

A preview sends its pieces along with every correction; that nothing was lost on the way is proven when they are stored.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from common.errors import Invalid
from policies.cutting.pieces import Cut, Place
from policies.cutting.sentences import sentences
from policies.enums import NodeKind

#: Instead of a kind: the piece is the rest of the one before it.
JOIN = "join"
_BROKEN = "预览的内容不完整。请返回正文，重新切分。"


@dataclass(frozen=True)
class Correction:
    """A person's answer for a piece: its kind (or JOIN), its place, after how many sentences it is split (0: not)."""

    kind: str
    place: Place = Place.AUTO
    split: int = 0


def sent(cuts: Sequence[Cut]) -> str:
    """The cuts as a form carries them."""
    return json.dumps([[one.kind, one.place.value, one.text] for one in cuts], ensure_ascii=False)


def received(text: str) -> list[Cut]:
    """The reverse of `sent`. Raises Invalid (field `pieces`) for what is none."""
    try:
        rows = json.loads(text)
        cuts = [Cut(str(kind), str(words), Place(place)) for kind, place, words in rows]
    except (ValueError, TypeError, RecursionError) as error:
        raise Invalid(_BROKEN, field="pieces") from error
    if any(one.kind not in NodeKind.values for one in cuts):
        raise Invalid(_BROKEN, field="pieces")
    return cuts


def corrected(cuts: Sequence[Cut], corrections: Sequence[Correction]) -> list[Cut]:
    """The cuts after the corrections, one for each cut. Raises Invalid (field `pieces`)."""
    if len(cuts) != len(corrections):
        raise Invalid(_BROKEN, field="pieces")
    found: list[Cut] = []
    for one, answer in zip(cuts, corrections, strict=True):
        if answer.kind == JOIN and found:
            last = found[-1]
            rule = "\n" if last.kind == NodeKind.TABLE else ""
            found[-1] = replace(last, text=f"{last.text}{rule}{one.text}")
            continue
        kind = one.kind if answer.kind == JOIN else answer.kind
        if kind not in NodeKind.values:
            raise Invalid(_BROKEN, field="pieces")
        if kind == NodeKind.RULES and one.text:
            # The rules across articles are a heading without words; their words are the sentences below.
            found += [Cut(kind, "", answer.place), *(Cut("passage", part) for part in sentences(one.text))]
            continue
        if one.kind == NodeKind.RULES and kind != NodeKind.RULES:
            continue  # a heading without words is gone with its kind
        parts = sentences(one.text)
        if 0 < answer.split < len(parts):
            found.append(Cut(kind, "".join(parts[: answer.split]), answer.place))
            # The rest runs on in the same printed paragraph.
            found.append(Cut(NodeKind.PASSAGE, "".join(parts[answer.split :]), answer.place))
            continue
        found.append(Cut(kind, one.text, answer.place))
    return found
