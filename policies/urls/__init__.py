"""Addresses of policies: the public library (`policies:`) and 政策维护 (`editing:`), one module per room."""
