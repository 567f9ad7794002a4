"""Pages from templates: words in the reader's language, the account, and nothing inline that runs."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from mitate.edema.results import INTENDED_USE
from mitate.serve.auth.types import Who
from mitate.serve.static_files import static_url
from mitate.serve.told.numbers import dated
from mitate.serve.troubles import in_words
from mitate.serve.words import LANGUAGES, Say

__all__ = ["fixed", "language_of", "page"]


_FIXED, _JOINER = "\u00a0", "\u2060"  # a space that does not break; no space, and no break either
_UNITS = "kg|g|s|min|h|cm|mm|m|MB|GB|px|%|°"
_UNIT = re.compile(rf"(?<=[0-9]) (?=(?:{_UNITS})(?![A-Za-z]))")
_ABOUT = re.compile("(?<=約)(?=[0-9])")
_PIECE = re.compile(r"<(script|style|textarea)\b.*?</\1>|<[^>]*>|[^<]+", re.DOTALL)


def _unbroken(text: str) -> str:
    """A number, its unit and what says "about" before it on one line."""
    return _ABOUT.sub(_JOINER, _UNIT.sub(_FIXED, text))


def fixed(html: str) -> str:
    """A page whose text keeps numbers and units together; tags, scripts and what is written in boxes stay."""
    return _PIECE.sub(lambda one: one[0] if one[0].startswith("<") else _unbroken(one[0]), html)


_DASH = "\u2013"
_VALUE = re.compile("[0-9]+[.][0-9]+ kg")


def _valued(text: str) -> Markup:
    """A headline with its kilograms made to stand out; where there is one number, it is the give-or-take."""
    shown = str(escape(text))
    if len(_VALUE.findall(shown)) < 2:
        return Markup(shown)
    return Markup(_VALUE.sub(r'<span class="value">\g<0></span>', shown, count=1))


@pass_context
def _dashed(context: Context, shown: Any) -> Any:
    """What an empty place shows: a dash to the eye, to screen readers its word."""
    if shown not in (None, "", _DASH):
        return shown
    word = escape(context["say"]("shell.none"))
    return Markup(f'<span aria-hidden="true">{_DASH}</span><span class="visually-hidden">{word}</span>')


@pass_context
def _dated(context: Context, at: datetime) -> str:
    """A day as it is said: figures with hyphens between them are read as anything."""
    return dated(at, context["language"])


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("mitate.serve", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_url
    made.filters["valued"] = _valued
    made.filters["dashed"] = _dashed
    made.filters["dated"] = _dated
    made.filters["combined"] = lambda whole, changed: {**whole, **changed}
    return made


def language_of(request: Request, who: Who | None = None) -> str:
    """``en`` or ``ja``: the account's, else the cookie's, else the browser's."""
    who = who or getattr(request.state, "who", None)
    if who is not None:
        return who.language
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    return "ja" if request.headers.get("accept-language", "").lower().startswith("ja") else "en"


def page(
    request: Request, template: str, *, who: Who | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """A page.

    Args:
        request: that asks for it.
        template: under ``templates/``.
        who: is signed in, or None.
        status: of the answer.
        context: what the template shows.
    """
    language = language_of(request, who)
    shown = (
        _environment()
        .get_template(template)
        .render(
            say=Say(language),
            language=language,
            who=who,
            csrf="" if who is None else who.csrf,
            path=request.url.path,
            status=status,
            intended_use=INTENDED_USE,
            in_words=partial(in_words, Say(language)),
            **context,
        )
    )
    # What a page shows is personal: nothing of it stays in a cache that others of the device look into.
    return HTMLResponse(fixed(shown), status, {"Cache-Control": "no-store"})
