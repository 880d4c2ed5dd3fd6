"""Forms of the library and of 政策维护, one module per room."""
