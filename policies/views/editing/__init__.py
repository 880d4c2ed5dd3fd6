"""政策维护: pages of administrators, one module per room."""
