"""The text of an official document cut into its printed pieces by its numbering; pure: text in, pieces out."""

from policies.cutting.cut import cut, numbered, same_text
from policies.cutting.pieces import Cut, Piece, Place
from policies.cutting.sentences import sentences

__all__ = ["Cut", "Piece", "Place", "cut", "numbered", "same_text", "sentences"]
