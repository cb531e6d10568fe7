"""The screens: one file a page and the few widgets pages share; no arithmetic."""
