"""The terminal: one file a command; no arithmetic."""
