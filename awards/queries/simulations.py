"""Which policies and years can be simulated, and the simulations that were asked for."""

from collections.abc import Iterator

from django.db.models import Count

from applications.models import Application
from policies.errors import PolicyUnknown, PolicyYearError
from policies.models import Document
from policies.queries import governed_clauses


def _policies() -> list[Document]:
    """Documents with clauses that pay money."""
    return list(
        Document.objects.public()
        .filter(clauses__is_monetary=True, valid_from__isnull=False)
        .distinct()
        .order_by("order", "pk")
    )


def _governs(document: Document, year: int) -> bool:
    try:
        return governed_clauses(document, year).exists()
    except PolicyYearError:
        return False


def policy_for(year: int, number: str | None = None) -> Document:
    """The policy with this number, or the only one that governs the year.

    Raises PolicyUnknown for an unknown number, PolicyYearError where none or more than one governs the year.
    """
    if number is not None:
        found = Document.objects.filter(number=number).first() if "\x00" not in number else None
        if found is None:
            raise PolicyUnknown(f"没有文号为“{number[:40]}”的政策。", field="policy")
        return found
    governing = [document for document in _policies() if _governs(document, year)]
    if len(governing) == 1:
        return governing[0]
    if not governing:
        raise PolicyYearError(f"{year} 年度没有适用的政策，请核对政策年度。", field="policy_year")
    numbers = "、".join(document.number for document in governing)
    raise PolicyYearError(f"{year} 年度适用的政策有 {numbers}，请用 --policy 指明是哪一个。", field="policy")


def years_to_choose() -> list[tuple[Document, int, int]]:
    """Every policy and year that a published version governs, the latest year first, with how many files were filed."""
    filed = {
        (row["clause__document"], row["policy_year"]): row["files"]
        for row in Application.objects.filter(filed_at__isnull=False)
        .order_by()
        .values("clause__document", "policy_year")
        .annotate(files=Count("pk"))
    }

    def found() -> Iterator[tuple[Document, int, int]]:
        for document in _policies():
            assert document.valid_from is not None  # the query leaves out documents without it
            last = document.valid_to.year if document.valid_to else document.valid_from.year + 10
            for year in range(document.valid_from.year, last + 1):
                if _governs(document, year):
                    yield document, year, filed.get((document.pk, year), 0)

    return sorted(found(), key=lambda one: (-one[1], one[0].order))
