"""Pages of the enterprise's side."""
