"""Reading etcetera clauses: what they say, and where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.abduce.etcetera import Clause, Etcetera, Literal, is_unknown, parse_clauses, read_clauses
from mitate.errors import InputError

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "tricopa"


def test_clauses_and_observations() -> None:
    problem = parse_clauses("""
        ; a comment (with brackets
        (if (and (see' e1 x y) (threat0' e2 y x)
                 (etc1_afraid .75 e1 e2 e x y)) ; and one behind
            (afraid' e x))
        (afraid' E1 LT)
        (and (see' E2 LT x) (seq E1 E2))
    """)
    assert problem.clauses == (
        Clause(
            Literal("afraid'", ("e", "x")),
            (Literal("see'", ("e1", "x", "y")), Literal("threat0'", ("e2", "y", "x"))),
            (Etcetera(Literal("etc1_afraid", ("e1", "e2", "e", "x", "y")), 0.75),),
            "<text>:3:9",
        ),
    )
    assert [str(one) for one in problem.observations] == ["(afraid' E1 LT)", "(see' E2 LT x)", "(seq E1 E2)"]


def test_numbers_are_the_same_however_they_are_written() -> None:
    written = parse_clauses("(p 0.10 1 1e-1 -2)").observations
    assert written == (Literal("p", ("0.1", "1.0", "0.1", "-2.0")),)


def test_probability_may_be_a_variable_and_a_body_may_be_one_literal() -> None:
    clauses = parse_clauses("(if (etc1 pr x) (p x pr)) (if (q x) (p x x))").clauses
    assert clauses[0].etcetera == (Etcetera(Literal("etc1", ("x",)), "pr"),)
    assert clauses[1].etcetera == ()
    assert clauses[1].body == (Literal("q", ("x",)),)


def test_a_number_first_makes_an_etcetera_literal_of_what_nothing_concludes() -> None:
    # One published file has "et4_..." where it means "etc4_...".
    clauses = parse_clauses("(if (and (q 0.5 x) (et4 0.5 x)) (p x)) (if (etc 0.5 x) (q y x))").clauses
    assert clauses[0].body == (Literal("q", ("0.5", "x")),)
    assert [one.literal.predicate for one in clauses[0].etcetera] == ["et4"]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("(p A", "1:1", "never closed"),
        ("(p A)\n  )", "2:3", "without"),
        ("p A)", "1:1", "expected '\\('"),
        ("(p A) x", "1:7", "expected '\\('"),
        ("()", "1:1", "expected a literal"),
        ("((p) A)", "1:1", "expected a literal"),
        ("(p (q A))", "1:4", "a term is a name"),
        ("(if (p x))", "1:1", "takes a body and a head, not 1"),
        ("(if)", "1:1", "not 0"),
        ("(if (p x) (q x) (r x))", "1:1", "not 3"),
        ("(if p (q x))", "1:5", "expected a literal"),
        ("(if (p x) q)", "1:11", "expected a literal"),
        ("(if (p x) (and (q x) (r x)))", "1:11", "expected a literal"),
        ("(if (and (p x) (if (q x) (r x))) (s x))", "1:16", "expected a literal"),
        ("(if (etc1 0 x) (p x))", "1:5", "probability of etc1 is 0.0"),
        ("(if (etc1 1.01 x) (p x))", "1:5", "is 1.01"),
        ("(if (etc1 -0.5 x) (p x))", "1:5", "is -0.5"),
        ("(if (etc1 X) (p X))", "1:5", "is X"),
        ("(if (etc1) (p X))", "1:5", "is missing"),
        ("(if (and (q x)\n(etc1 2)) (p x))", "2:1", "is 2.0"),
        ("(" * 1000, "1:17", "nested"),
        ("(a " * 100_000, "1:49", "nested"),
    ],
)
def test_errors_say_where(text: str, where: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as raised:
        parse_clauses(text, "rules.lisp")
    assert raised.value.where == f"rules.lisp:{where}"


@given(st.text(alphabet="()ife tcandXx0.5;\n'", max_size=60))
def test_any_text_parses_or_is_an_input_error(text: str) -> None:
    try:
        problem = parse_clauses(text)
    except InputError:
        return
    for clause in problem.clauses:
        for one in clause.etcetera:
            assert isinstance(one.probability, str) or 0 < one.probability <= 1


names = st.text("aZx0_'", min_size=1, max_size=5).filter(lambda name: name[0] in "aZx")


@given(st.lists(st.tuples(names, st.lists(names, max_size=4)), max_size=5))
def test_literals_survive_being_written_and_read(forms: list[tuple[str, list[str]]]) -> None:
    literals = tuple(Literal(predicate, tuple(terms)) for predicate, terms in forms)
    assert parse_clauses("\n".join(map(str, literals))).observations == literals
    assert all(is_unknown(term) == term[0].islower() for one in literals for term in one.terms)


def test_files_are_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.lisp").write_text("(if (etc1 0.5 x) (p x))", encoding="utf-8")
    (tmp_path / "b.lisp").write_text("\n (p A)", encoding="utf-8")
    problem = read_clauses(tmp_path / "a.lisp", tmp_path / "b.lisp")
    assert len(problem.clauses) == len(problem.observations) == 1
    assert problem.clauses[0].where == f"{tmp_path / 'a.lisp'}:1:1"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_clauses(tmp_path / "none.lisp")
    with pytest.raises(InputError, match="cannot be read"):
        read_clauses(tmp_path)
    (tmp_path / "bytes.lisp").write_bytes(b"(p \xff\xfe)")
    with pytest.raises(InputError, match="UTF-8"):
        read_clauses(tmp_path / "bytes.lisp")
    with (tmp_path / "large.lisp").open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    with pytest.raises(InputError, match="larger"):
        read_clauses(tmp_path / "large.lisp")


def test_the_published_base() -> None:
    path = PUBLISHED / "tricopa-kb.lisp"
    if not path.exists():
        pytest.skip("the published etcetera problems are not beside this checkout")
    problem = read_clauses(path)
    assert len(problem.clauses) == path.read_text(encoding="utf-8").count("\n(if ")
    assert all(len(clause.etcetera) == 1 for clause in problem.clauses)
    assert problem.observations == ()
