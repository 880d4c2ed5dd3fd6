"""The tables that officers fill in, by kind."""

from awards.enums import ImportKind
from awards.imports.kinds.base import TableKind
from awards.imports.kinds.budgets import Budgets
from awards.imports.kinds.external import ExternalAwards
from awards.imports.kinds.figures import Figures
from awards.imports.kinds.results import Results

KINDS: dict[str, TableKind] = {
    ImportKind.FIGURES: Figures(),
    ImportKind.EXTERNAL: ExternalAwards(),
    ImportKind.BUDGETS: Budgets(),
    ImportKind.RESULTS: Results(),
}

__all__ = ["KINDS", "TableKind"]
