"""One module a version, never changed once it was released; `upgrade` only, as backups are the way back."""
