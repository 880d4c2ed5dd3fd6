"""What people do to accounts: one function per gesture, each one transaction with its audit event."""
