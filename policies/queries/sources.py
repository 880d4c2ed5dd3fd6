"""The published versions as a source of the engine, for the command line and the interface alike."""

from collections.abc import Callable

from policies.errors import PolicyUnknown, PolicyYearError
from policies.queries.versions import published_numbers
from policies.rules.compile import CompiledPolicy
from policies.rules.document import PolicyNotFoundError, PolicySource


def policy_source(find: Callable[[str, int], CompiledPolicy], newest: Callable[[str], CompiledPolicy]) -> PolicySource:
    """A `policies.rules.document.PolicySource` over two ways to the database.

    `find` gives the policy that governs a year, `newest` the one that a document of another year is read against to
    find its other faults; both raise PolicyUnknown and PolicyYearError.
    """

    def source(number: str, year: int | None) -> CompiledPolicy:
        try:
            return newest(number) if year is None else find(number, year)
        except PolicyUnknown as error:
            known = "、".join(published_numbers())
            raise PolicyNotFoundError(
                f"未知的政策文号，现有：{known}。" if known else "未知的政策文号，还没有已发布的政策。"
            ) from error
        except PolicyYearError as error:
            raise PolicyNotFoundError(str(error), "policy_year", _nearest(newest, number)) from error

    return source


def _nearest(newest: Callable[[str], CompiledPolicy], number: str) -> CompiledPolicy | None:
    try:
        return newest(number)
    except (PolicyUnknown, PolicyYearError):
        return None
