"""Helpers of the repository: setting up, and the pictures of the manuals."""
