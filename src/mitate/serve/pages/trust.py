"""Pages: how a phone comes to trust this machine's certificate, in plain words, and the certificate."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from mitate.record.errors import MissingError
from mitate.serve.render import page
from mitate.serve.service import ServiceHere
from mitate.serve.words import LANGUAGES

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_YEAR_S = 365 * 86_400


@router.get("/trust")
def trust(request: Request, service: ServiceHere, language: str = "") -> Response:
    """Steps for a phone; for everybody, nothing in it is secret.

    The language is chosen by a link: before a phone trusts us nothing is taken in from it, no form either.
    """
    if language in LANGUAGES:
        chosen = RedirectResponse("/trust", 303)
        chosen.set_cookie("language", language, max_age=_YEAR_S, samesite="lax", httponly=True)
        return chosen
    settings = service.settings
    return page(request, "trust/trust.html", origin=settings.origin, fingerprint=settings.fingerprint)


@router.get("/ca.crt")
def authority(service: ServiceHere) -> Response:
    """The certificate to trust.

    Raises:
        MissingError: the app runs without one of its own.
    """
    path = service.settings.authority
    if path is None:
        raise MissingError("there is no certificate here", where="/ca.crt")
    headers = {"Content-Disposition": 'attachment; filename="mitate.crt"'}
    return Response(path.read_bytes(), media_type="application/x-x509-ca-cert", headers=headers)
