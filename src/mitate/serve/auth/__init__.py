"""Signing in and staying safe: PINs, passwords, passkeys, tokens, lock-out, cookies, CSRF."""
