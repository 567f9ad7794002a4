"""Rows of the audit trail in the reader's language: what was done, and its details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitate.serve.words import Say, all_words

__all__ = ["action_told", "actor_told", "details_told"]


def action_told(say: Say, action: str) -> str:
    """An action such as ``person.erased`` in words; a general word for one that an older mitate wrote."""
    return _said(say, "action", action) or say("audit.other")


def actor_told(say: Say, actor: str, names: Mapping[str, str]) -> str:
    """Who did it: the name of an account, mitate itself, nobody, or the id of an account that is gone."""
    if actor in ("system", "nobody"):
        return say(f"audit.{actor}")
    return names.get(actor, actor)


def details_told(say: Say, detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Details as (label, value); names and values without words, such as ids, stand as they are."""
    return [(_said(say, "detail", name) or name, _value(say, value)) for name, value in detail.items()]


def _value(say: Say, value: Any) -> str:
    if isinstance(value, list):
        return say("clinic.listed").join(_value(say, one) for one in value)
    return _said(say, "value", str(value)) or str(value)


def _said(say: Say, kind: str, name: str) -> str:
    key = f"audit.{kind}_{name.replace('.', '_').replace(':', '_')}"
    return say(key) if key in all_words() else ""
