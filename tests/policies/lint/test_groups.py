"""Groups of clauses of one type."""

from tests.policies.lint.support import judged, shipped


def told(clauses):
    faults = judged(lambda policy: policy["groups"][0].update(clauses=clauses))
    return [fault for fault in faults if "只有一个条款" in fault.message]


def test_a_group_of_one_clause_compares_nothing_and_is_warned_of():
    """Somebody may add the second one later, so that it is no error."""
    name = shipped()["groups"][0]["name"]
    (fault,) = told(["3.4.1"])
    assert fault.path == f'groups["{name}"].clauses'
    assert "没有可以比较的" in fault.message
    assert "删去这个组" in fault.mend
    assert not fault.refuses


def test_groups_of_several_clauses_are_not():
    assert told(["3.3.1", "3.4.1"]) == []
    assert told(["3.4.1", "9.9"]) == []  # an unknown one is an error of its own
