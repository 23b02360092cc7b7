class BackupError(Exception):
    """It cannot be done like this, and nothing was changed. The text can be shown to a person."""
