"""How the app is run: where its record lies, which servers stand behind it, what it is reached by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the app.

    Attributes:
        folder: of the record.
        origin: what browsers reach it by, such as ``https://192.168.1.20:8443``; no slash at the end.
        origins: others that are as good, such as by the machine's name.
        database_url: None is SQLite in the folder.
        redis_url: of the queue; None is SQLite in the folder.
        works: whether this process also does jobs; workers that are run apart do them otherwise.
        live: whether pictures from a running camera are looked at (framing help, the live coach).
        most_film_mb, most_film_s: of one upload.
        quota_mb: of the films of one person that wait to be read, and of those that are kept.
        authority: the certificate that phones are told to trust; None without TLS of our own.
        fingerprint: of it, for people to compare.
        fronted: whether a proxy hands requests on, so that an address may be the proxy's.
    """

    folder: Path
    origin: str = "http://127.0.0.1:8080"
    origins: tuple[str, ...] = ()
    database_url: str | None = None
    redis_url: str | None = None
    works: bool = True
    live: bool = True
    most_film_mb: int = 500
    most_film_s: float = 240.0
    quota_mb: int = 4000
    authority: Path | None = None
    fingerprint: str = ""
    fronted: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers reach it over TLS, so that cookies may insist on it."""
        return self.origin.startswith("https:")

    @property
    def all_origins(self) -> tuple[str, ...]:
        """Every origin that our own pages come from."""
        return (self.origin, *self.origins)
