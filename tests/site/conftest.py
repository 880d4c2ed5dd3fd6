"""The shipped policy for the tests of the whole site."""

from tests.factories.applications import _policies_of_package, policies_loaded

__all__ = ["_policies_of_package", "policies_loaded"]
