"""Files that a job writes for one officer: what a list shows as .xlsx, a whole case as PDF."""
