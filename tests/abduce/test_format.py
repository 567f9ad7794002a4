"""Formatting changes how a rule file looks, never what it says; doing it twice changes nothing more."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.format import WIDTH, format_text
from mitate.abduce.language import KnowledgeBase
from mitate.abduce.parse import parse
from mitate.errors import InputError

KNOWLEDGE = Path(__file__).parents[2] / "src/mitate/back/knowledge"

MESSY = """\
# About this file.

# Of the title.
title
   "Low back"/"腰"   # trailing
source   s "S" at "https://example.org"


derived a derived b   # of b
# between

# before the rule
rule r: a    # first reason
  # inside
  and b      # second reason
  => c .80 note "a # in a text" source s

sort side= left,right
observation o(side,side) "o" unexplained 0.10 one of side
ask q "A long question that goes on and on and on, so that it does not fit?" takes 8.0
reveals o(left,_), o(right,_) source s
cause c note "n" source s prior 1e-3
# the end
"""

TIDY = """\
# About this file.

# Of the title.
title "Low back" / "腰"  # trailing
source s "S" at "https://example.org"

derived a
derived b  # of b
# between

# before the rule
# inside
# first reason
# second reason
rule r: a and b => c 0.8 source s note "a # in a text"

sort side = left, right
observation o(side, side) "o" one of side unexplained 0.1
ask q "A long question that goes on and on and on, so that it does not fit?" takes 8
    reveals o(left, _), o(right, _)
    source s
cause c prior 0.001 source s note "n"
# the end
"""


def meaning(kb: KnowledgeBase) -> Any:
    """A knowledge base up to line numbers."""

    def plain(thing: Any) -> Any:
        if isinstance(thing, dict):
            return [(key, plain(value)) for key, value in thing.items()]
        if isinstance(thing, tuple):
            return [plain(part) for part in thing]
        return replace(thing, line=0) if hasattr(thing, "line") else thing

    return [plain(getattr(kb, name)) for name in KnowledgeBase.__slots__ if name != "situation"] + [
        plain(kb.situation.observations),
        kb.situation.given,
    ]


def test_a_messy_file_becomes_tidy() -> None:
    assert format_text(MESSY) == TIDY
    assert format_text(TIDY) == TIDY
    assert meaning(parse(TIDY)) == meaning(parse(MESSY))


def test_long_statements_are_broken_between_their_parts() -> None:
    atoms = [f"a_rather_long_name_{number}" for number in range(12)]
    text = f'rule r: {" and ".join(atoms)} => {atoms[0]} 0.5 note "{"n" * 120}"\n'
    text += f"exclude x: {', '.join(atoms)}\n"
    text += f'sort s = {", ".join(f"""{atom} "some words" """ for atom in atoms)}'
    formatted = format_text(text)
    assert format_text(formatted) == formatted
    lines = formatted.splitlines()
    assert [line for line in lines if len(line) > WIDTH] == [f'    note "{"n" * 120}"']
    assert '    a_rather_long_name_3 "some words",' in lines


def test_nothing_but_comments() -> None:
    assert format_text("") == ""
    assert format_text("\n\n# a\n\n\n  # b  \n\n") == "# a\n\n# b\n"


def test_what_does_not_parse_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        format_text("title\n title", "f")
    assert caught.value.where == "f:2:2"


@pytest.mark.parametrize("path", sorted(KNOWLEDGE.glob("*.kb")), ids=lambda path: path.name)
def test_the_low_back_base_keeps_its_meaning(path: Path) -> None:
    text = path.read_text("utf-8")
    formatted = format_text(text, str(path))
    assert format_text(formatted) == formatted
    assert comments(formatted) == comments(text)
    assert [line.split()[:2] for line in formatted.splitlines() if line.startswith("rule")] == [
        line.split()[:2] for line in text.splitlines() if line.startswith("rule")
    ]


def comments(text: str) -> list[str]:
    """The comments of a text whose strings have no `#`, in alphabetical order."""
    return sorted(line[line.index("#") :].rstrip() for line in text.splitlines() if "#" in line)


# Rule bases as text, written in any way the grammar allows.

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="#\x85\u2028\u2029\x1c\x1d\x1e\x0b\x0c\r"), max_size=8
)
SHORT = st.integers(0, 3)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@st.composite
def tokens(draw: st.DrawFn) -> list[list[str]]:
    """The statements of a rule base, each as its tokens."""
    probability = st.sampled_from(["0.5", ".25", "1", "1e-3", "0.10"])
    sorts = {f"s{n}": [f"v{n}{value}" for value in range(1 + draw(SHORT))] for n in range(1 + draw(SHORT))}
    places = st.lists(st.sampled_from(sorted(sorts)), max_size=2)
    kinds = ["cause", "observation", "derived", "given", "observation", "cause"]
    predicates = {f"p{n}": (kind, draw(places)) for n, kind in enumerate(kinds)}

    def flip() -> bool:
        return draw(st.booleans())

    def label() -> list[str]:
        words = [quoted(draw(WORDS)) for _ in range(1 + flip())]
        return [words[0], "/", words[1]] if len(words) == 2 else words

    def support() -> list[str]:
        cited = [["source", "e", *([",", "f"] if flip() else [])]] if flip() else []
        noted = [["note", quoted(draw(WORDS))]] if flip() else []
        return list(chain.from_iterable(draw(st.permutations(cited + noted))))

    def atom(*kinds: str, ground: bool = False) -> list[str]:
        name = draw(st.sampled_from([n for n, (kind, _) in predicates.items() if not kinds or kind in kinds]))
        terms = []
        for sort in predicates[name][1]:
            open_ = [] if ground else ["_", f"X{sort}"]
            terms.append(draw(st.sampled_from([*sorts[sort], *open_])))
        return [name, *(["(", *listed([[term] for term in terms]), ")"] if terms else [])]

    def listed(parts: list[list[str]], between: str = ",") -> list[str]:
        return [*parts[0], *chain.from_iterable([between, *part] for part in parts[1:])]

    def several(*kinds: str, least: int = 1) -> list[list[str]]:
        return [atom(*kinds) for _ in range(least + draw(SHORT))]

    made = [["source", "e", quoted(draw(WORDS)), "at", quoted(draw(WORDS))]]
    made.append(["convention", "f", quoted(draw(WORDS)), "at", "most", "3"])
    for sort, values in sorts.items():
        said = [[value, *(label() if flip() else [])] for value in values]
        made.append(["sort", sort, *(label() if flip() else []), "=", *listed(said)])
    for name, (kind, sort_names) in predicates.items():
        named = ["(", *listed([[sort] for sort in sort_names]), ")"] if sort_names else []
        traits = ["one", "of", sort_names[0]] if sort_names and flip() else []
        chance = {"cause": "prior", "observation": "unexplained"}.get(kind)
        number = [chance, draw(probability)] if chance and flip() else []
        words = [part.replace("{", "(") for part in label()] if flip() else []
        made.append([kind, name, *named, *words, *number, *support(), *traits])
    for n in range(draw(SHORT)):
        head = ["=>", *atom(), *([draw(probability)] if flip() else []), *support()]
        made.append(["rule", f"r{n}", ":", *listed(several("cause", "derived", "given"), "and"), *head])
        made.append(["rule", f"n{n}", ":", "never", *listed(several("cause", "given"), "and"), *support()])
        made.append(["prior", f"w{n}", ":", *atom("cause"), draw(probability), *support()])
        made.append(["exclude", f"x{n}", ":", *listed(several(least=2)), *support()])
        made.append(["unexplained", *atom("observation"), draw(probability), *support()])
        seconds = draw(st.sampled_from(["8", "2.50"]))
        made.append(["ask", f"q{n}", *label(), "takes", seconds, "reveals", *listed(several()), *support()])
        made.append(["observe", *atom("observation", ground=True), "unexplained", draw(probability)])
        made.append(["observe", "not", *atom("cause", ground=True)])
        made.append(["given", ":", *atom("given", ground=True)])
    return draw(st.permutations(made))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The statements with any white space between them, and comments anywhere."""
    between = st.sampled_from(
        [" ", " ", " ", "\n", "\n\n", "\t", " \n\n\n ", " # c1\n", "\n# c2\n", "\n\n#c3\n\n#\n"]
    )
    text = draw(between)
    for statement in draw(tokens()):
        text += "".join(part + draw(between) for part in statement)
    return text


@given(texts())
@settings(max_examples=80)
def test_what_a_file_says_stays(text: str) -> None:
    formatted = format_text(text)
    assert meaning(parse(formatted)) == meaning(parse(text))
    assert format_text(formatted) == formatted
    assert formatted.count("# c1") == text.count("# c1")
    assert formatted.count("#") == text.count("#")
    assert "\n\n\n" not in formatted
