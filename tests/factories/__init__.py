"""Builders of test data, one module per app; they write rows directly, without the actions' checks."""
