"""Data sets: reading folders, finding duplicates, splitting, auditing."""
