"""Headers of every answer: what a page may do is what it needs, and nothing of it stays behind."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders

from mitate.serve.settings import Settings

__all__ = ["POLICY", "add_headers"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; worker-src 'self'"
)
"""Content security policy, level 3: no inline script or style, nothing from elsewhere, no frames."""

_PERMISSIONS = (
    "camera=(self), screen-wake-lock=(self), fullscreen=(self), autoplay=(self), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self), "
    "microphone=(), geolocation=(), accelerometer=(), gyroscope=(), magnetometer=(), midi=(), payment=(), "
    "usb=(), serial=(), hid=(), display-capture=(), browsing-topics=(), interest-cohort=()"
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": _PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_YEAR_S = 31_536_000


def add_headers(headers: MutableHeaders, settings: Settings, path: str) -> None:
    """Add them to an answer; a route's own ``Cache-Control`` stays where it has set one."""
    for name, value in _ALWAYS.items():
        headers[name] = value
    if "server" in headers:
        del headers["server"]
    if not path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    if settings.secure and _has_name(settings):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"


def _has_name(settings: Settings) -> bool:
    """Strict transport is for names (RFC 6797, 8.1.1); on localhost it would bind other programs too."""
    host = urlsplit(settings.origin).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost"
    return False
