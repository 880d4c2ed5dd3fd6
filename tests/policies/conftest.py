"""The shipped policy, loaded."""

import pytest

from tests.factories.policies import load_policy


@pytest.fixture
def loaded(db):
    """The document of 洪府发〔2023〕30号 with everything that the corpus brings."""
    return load_policy()
