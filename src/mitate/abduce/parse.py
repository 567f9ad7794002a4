"""Reading rule files: from text to a `KnowledgeBase`, or to one clear error with its line and column.

The grammar stands in grammar.lark; what the words mean in docs/abduction.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path

from lark import Lark, Token, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from mitate.abduce.language import KnowledgeBase
from mitate.abduce.names import LINES_PER_FILE, nearest
from mitate.abduce.resolve import resolve
from mitate.abduce.statements import Starts, Statement, Statements
from mitate.errors import InputError

__all__ = ["MAX_CHARACTERS", "STARTS", "parse", "read", "read_texts", "statements"]

MAX_CHARACTERS = 8_000_000
"""The longest text read as one knowledge base; more is a mistake, or belongs into another format."""

STARTS = (
    *("title", "source", "convention", "sort", "cause", "hypothesis", "observation", "given", "derived"),
    *("rule", "prior", "exclude", "unexplained", "ask", "observe"),
)
"""The words that start a statement."""

_WORDS = {
    "NAME": "a name",
    "VARIABLE": "a variable",
    "STRING": 'a text in "quotes"',
    "NUMBER": "a number",
    "COLON": "`:`",
    "COMMA": "`,`",
    "EQUAL": "`=`",
    "SLASH": "`/` and the Japanese",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "$END": "the end of the file",
    "ONE": "`one of`",
    "_ARROW": "`=>`",
}

_STARTING = {
    "SOURCE": 'source NAME "citation"',
    "PRIOR": "prior NAME: ATOM PROBABILITY",
    "UNEXPLAINED": "unexplained ATOM PROBABILITY",
    "NOTE": "the note after what it is about",
}

_QUOTES = 'texts stand in plain double quotes: "..."'
_ARROW = "an arrow is written =>"
_HINTS = {
    **dict.fromkeys("'`\u2018\u2019\u201c\u201d\u300c\u300d\uff02", _QUOTES),
    **dict.fromkeys("->\u2192\u21d2", _ARROW),
    "<": f"{_ARROW}, and the conclusion stands to its right",
    **dict.fromkeys("&\u2227", "write `and` between atoms"),
    **dict.fromkeys("!~\u00ac", "write `not` in an observation"),
    **dict.fromkeys(".;", "a statement needs no full stop or semicolon"),
    **dict.fromkeys("%*", "comments start with #"),
    # Full-width signs, as Japanese keyboards type them.
    **dict(
        zip(
            "\u3001\uff0c\uff1a\uff08\uff09\uff1d\uff0f\uff03",
            ("write " + sign for sign in ",,:()=/#"),
            strict=True,
        )
    ),
}


@lru_cache(maxsize=64)
def parse(text: str, name: str = "<text>") -> KnowledgeBase:
    """The knowledge base that `text` describes. Pure, and remembered: the result is shared, never change it.

    Args:
        text: statements of the rule language.
        name: what to call the text in messages, usually its file.

    Raises:
        InputError: the text does not parse, or names something undeclared; `where` is ``name:line:column``.
    """
    return read_texts(((name, text),))


def read(*paths: str | Path) -> KnowledgeBase:
    """Several files, or folders of ``*.kb`` in the order of their names, read as one knowledge base.

    What one file declares, all others see. Lines are counted as `mitate.abduce.names.place` undoes.

    Raises:
        InputError: a file cannot be read, is not UTF-8, or any reason of `parse`.
    """
    return read_texts(tuple((str(path), _content(path)) for path in _files(paths)))


@lru_cache(maxsize=16)
def read_texts(texts: tuple[tuple[str, str], ...]) -> KnowledgeBase:
    """Several (name, text) read as one knowledge base; otherwise as `parse`."""
    length = 0
    for name, text in texts:
        length += len(text)
        if length > MAX_CHARACTERS or text.count("\n") >= LINES_PER_FILE - 1:
            raise InputError(
                "this is too long for a knowledge base", where=name, todo="write general rules with variables"
            )
    return resolve([(name, statements(text, name)) for name, text in texts])


def statements(text: str, name: str = "<text>") -> list[Statement]:
    """The statements of a text as they were written, nothing looked up.

    Raises:
        InputError: the text does not parse.
    """
    try:
        parsed: list[Statement] = _lark().parse(text.removeprefix("\ufeff"))  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise _refusal(error, name) from None
    return parsed


@lru_cache(maxsize=1)
def _lark() -> Lark:
    grammar = (resources.files("mitate.abduce") / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", postlex=Starts(), transformer=Statements())


def _files(paths: Iterable[str | Path]) -> list[Path]:
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(path.glob("*.kb"))
        if not inside:
            raise InputError("there is no rule file in this folder", where=path, todo="rule files end in .kb")
        files.extend(inside)
    if not files:
        raise InputError("no rule file was named", todo="name at least one file or folder")
    return files


def _content(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"this file cannot be read: {error.strerror or error}", where=path) from None
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        raise InputError(
            "this is not UTF-8 text",
            where=f"{path}:{line}:{column}",
            todo="save the file as UTF-8",
        ) from None


def _refusal(error: UnexpectedInput, name: str) -> InputError:
    where = f"{name}:{error.line}:{error.column}"
    if isinstance(error, UnexpectedCharacters):
        return _stray(error.char, where)
    if not isinstance(error, UnexpectedToken):
        return InputError("this cannot be read", where=where)
    token: Token = error.token
    expected = _expected(error)
    if token.type == "$END":
        return InputError(
            f"the text ends where {expected} should follow",
            where=f"{name}:{token.end_line or 1}:{token.end_column or 1}",
        )
    accepted = error.accepts or error.expected
    found = f"`{token[:40]}`"
    if token.type == "VARIABLE" and "NAME" in accepted and "VARIABLE" not in accepted:
        return InputError(
            f"{found} is not a name here",
            where=where,
            todo="names are lower case; capitals are for variables",
        )
    if token.type not in ("STRING", "NUMBER", "NAME") and token.isalpha() and "NAME" in accepted:
        return InputError(
            f"{found} is a word of the rule language and cannot be a name",
            where=where,
            todo="write a name here",
        )
    if token.type in _STARTING and "RULE" in accepted:
        return InputError(
            f"{found} belongs to no statement here", where=where, todo=f"write {_STARTING[token.type]}"
        )
    close = nearest(str(token), _keywords(accepted)) if token.type == "NAME" else None
    return InputError(
        f"{found} cannot stand here; expected {expected}",
        where=where,
        todo=None if close is None else f"did you mean {close}?",
    )


def _stray(char: str, where: str) -> InputError:
    if char == '"':
        return InputError(
            "a text starts here and is not closed on its line",
            where=where,
            todo='end it with "; inside it write \\" for a quote, \\\\ for a backslash, \\n for a new line',
        )
    shown = f"`{char}`" if char.isprintable() else f"the character U+{ord(char):04X}"
    return InputError(f"{shown} has no meaning here", where=where, todo=_HINTS.get(char))


def _keywords(terminals: Iterable[str]) -> list[str]:
    return [name.removesuffix("_STATEMENT").lower() for name in terminals if name not in _WORDS]


def _expected(error: UnexpectedToken) -> str:
    accepted = set(error.accepts or error.expected)
    said: list[str] = []
    starts = {name for name in accepted if name.removesuffix("_STATEMENT").lower() in STARTS}
    if {"RULE", "SORT"} <= starts:  # any statement may follow, and what is a clause here besides
        accepted -= starts - {"SOURCE", "PRIOR", "UNEXPLAINED"} | {"$END"}
    for name in sorted(accepted, key=lambda name: (name not in _WORDS, name)):
        said.append(_WORDS.get(name, f"`{name.lower()}`"))
    if {"RULE", "SORT"} <= starts:
        said.append("a new statement" if said else "a statement (" + ", ".join(STARTS) + ")")
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " or " + said[-1]
