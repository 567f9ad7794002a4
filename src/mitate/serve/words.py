"""Every word on the pages, in English and Japanese, from the TOML files in ``words/``."""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from mitate.errors import InputError

__all__ = ["LANGUAGES", "Say", "all_words"]

LANGUAGES = ("en", "ja")


@cache
def all_words() -> dict[str, dict[str, str]]:
    """Words by ``FILE.KEY`` and language.

    Raises:
        InputError: a key that lacks a language.
    """
    found: dict[str, dict[str, str]] = {}
    folder = resources.files("mitate.serve") / "words"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml"):
            continue
        for key, texts in tomllib.loads(file.read_text("utf-8")).items():
            name = f"{file.name.removesuffix('.toml')}.{key}"
            if set(texts) != set(LANGUAGES):
                raise InputError("needs the languages en and ja", where=f"{file.name}, {key}")
            found[name] = texts
    return found


class Say:
    """Words in one language: ``say("face.kg", kg="1.9")`` fills the gap ``{kg}``."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, key: str, **gaps: Any) -> str:
        text = all_words()[key][self.language]
        return text.format(**gaps) if gaps else text

    def starting(self, prefix: str) -> dict[str, str]:
        """The words whose keys start with `prefix`, such as ``face.js_``, by the rest of their keys."""
        return {
            key.removeprefix(prefix): texts[self.language]
            for key, texts in all_words().items()
            if key.startswith(prefix)
        }

    def block(self, name: str, prefix: str) -> Markup:
        """`starting` for a page's scripts: a block of JSON with the id `name`, which runs nothing."""
        told = json.dumps(self.starting(prefix), ensure_ascii=False)
        for sign in "<>&":  # so that no word ends the block
            told = told.replace(sign, f"\\u{ord(sign):04x}")
        return Markup(f'<script type="application/json" id="{name}">{told}</script>')
