"""The interview as a state machine without any input or output: what to ask next, and whether it is enough.

Red flags come first, then age and sex, then whatever `mitate.abduce.ask` expects to separate the leading
explanations most per second of the person's time. What an interview gathers is the same document that
`mitate back explain` reads, so that it can be saved, explained and taken up again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Literal

from mitate.abduce.language import Atom, KnowledgeBase, is_variable
from mitate.back._names import Completion, completion
from mitate.back.age import checked_age
from mitate.back.cause import BackResult, ask_case, explain_case, knowledge
from mitate.back.observations import BackCase, case_of
from mitate.back.region import LOW_BACK, REGIONS
from mitate.back.triage import RedFlag, Triage, red_flags, triage
from mitate.errors import InputError

__all__ = ["CLEAR", "MOST_QUESTIONS", "Choice", "Done", "Interview", "Item", "next_step", "reworded"]

CLEAR = 0.9
"""The interview is over when the posterior of one cause is this high."""
LEAST_ANSWERS = 8
"""Observations below which no cause is called clear, however high its posterior: a judgement."""
MOST_QUESTIONS = 60
"""Questions after red flags, age and sex, at most."""
LEAST_GAIN = 0.002
"""Nats; a question that is expected to tell less is not worth asking."""
FLAG_SECONDS = 6.0
"""Of the person's time for a red flag, the age or the sex: a judgement."""

Kind = Literal["red_flag", "age", "sex", "question"]
_WATCHED = "film_"
_TOLD = ("observation", "hypothesis", "derived", "given")
Reason = Literal["red_flag", "clear", "nothing_left", "enough", "stopped"]
_YES_NO = {"en": ("yes", "no"), "ja": ("はい", "いいえ")}
_PERSON = {
    "age": {"en": "How old are you, in years?", "ja": "何歳ですか。"},
    "sex": {"en": "Female or male?", "ja": "女性ですか、男性ですか。"},
    "female": {"en": "female", "ja": "女性"},
    "male": {"en": "male", "ja": "男性"},
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that can be given: what goes into the document, and the words for it."""

    value: bool | str
    label: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to ask.

    Attributes:
        kind, key: which part of the document the answer goes to, and under which name.
        text: the question in plain words.
        choices: the answers; none for the age, which is a number.
        several: whether more than one of the choices may be true.
        seconds: of the person's time.
        question: the question of the knowledge base that this belongs to; empty for others.
    """

    kind: Kind
    key: str
    text: str
    choices: tuple[Choice, ...] = ()
    several: bool = False
    seconds: float = 0.0
    question: str = ""

    @property
    def part(self) -> str:
        """The part of the document that the answer goes to."""
        return {"red_flag": "red_flags", "question": "answers"}.get(self.kind, "person")


@dataclass(frozen=True, slots=True)
class Done:
    """The interview is over: why, and with which result; None where there is nothing to explain."""

    reason: Reason
    result: BackResult | None


@dataclass(frozen=True, slots=True)
class Interview:
    """What was said so far. Nothing here changes: every method gives a new interview.

    Attributes:
        start: the document that was taken up; its ``region`` says which region is asked about.
        said: every answer since, in order; None stands for not known.
        movements: whether somebody is there to watch movements, so that these may be asked for.
        stopped: whether the person wants no more questions.
    """

    start: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[tuple[Item, Any], ...] = ()
    language: str = "en"
    movements: bool = False
    stopped: bool = False

    def answer(self, item: Item, value: Any) -> Interview:
        """With an answer: a choice's value, a list of values where several may be true, years, or None.

        Raises:
            InputError: an answer that this question does not have, or that contradicts an earlier one.
        """
        _check(item, value)
        said = replace(self, said=(*self.said, (item, value)), stopped=False)
        said.case()  # contradictions are refused while they can still be taken back
        return said

    def undo(self) -> Interview:
        """Without the last answer; the same interview if nothing was answered since it began."""
        return replace(self, said=self.said[:-1], stopped=False)

    def stop(self) -> Interview:
        """Over, with whatever was said."""
        return replace(self, stopped=True)

    def document(self) -> dict[str, Any]:
        """Everything told, in the form that `mitate back explain` reads."""
        made = {
            part: dict(inside) if isinstance(inside, dict) else inside for part, inside in self.start.items()
        }
        for item, value in self.said:
            made[item.part] = {**(made.get(item.part) or {}), item.key: value}
        return made

    def case(self) -> BackCase:
        """Everything told, checked.

        Raises:
            InputError: as `case_of`.
        """
        return case_of(self.document(), name="interview")

    @property
    def region(self) -> str:
        """The name of the region that is asked about."""
        return str(self.start.get("region") or LOW_BACK)


def next_step(interview: Interview, *, time_limit_s: float = 1.0) -> Item | Done:
    """What to ask next, or why there is nothing to ask.

    Args:
        time_limit_s: for finding out whether the answer is clear.
    """
    case = interview.case()
    screened = triage(case.red_flags, age=case.age, region=case.region)
    if screened.stops:
        return Done("red_flag", explain_case(case, language=interview.language))
    if interview.stopped:
        return _done("stopped", interview, case, time_limit_s)
    item = _opening(interview, screened)
    if item is None:
        item = _rest_of_last(interview, _answered(interview, case))
    if item is not None:
        return item
    if sum(one.kind == "question" for one, _ in interview.said) >= MOST_QUESTIONS:
        return _done("enough", interview, case, time_limit_s)
    told = _told(case)
    if told:
        result = explain_case(case, time_limit_s=time_limit_s, language=interview.language)
        shares = {} if result.posterior is None else result.posterior.causes
        if told >= LEAST_ANSWERS and max(shares.values(), default=0.0) >= CLEAR:
            return Done("clear", result)
    answered = _answered(interview, case)
    for suggestion in ask_case(case).suggestions:
        if suggestion.gain_nats < LEAST_GAIN:
            continue
        item = next(_items(interview, suggestion.question.name, answered), None)
        if item is not None:
            return item
    return _done("nothing_left", interview, case, time_limit_s)


def _done(reason: Reason, interview: Interview, case: BackCase, time_limit_s: float) -> Done:
    """Over, with the result so far if there is anything to explain."""
    if not _told(case):
        return Done(reason, None)
    return Done(reason, explain_case(case, time_limit_s=time_limit_s, language=interview.language))


def _told(case: BackCase) -> int:
    """How much was observed beside the complaint itself."""
    return sum(seen.atom != REGIONS[case.region].complaint for seen in case.situation.observations)


def _opening(interview: Interview, screened: Triage) -> Item | None:
    """The next of red flags, age and sex.

    Flags that count at every age come first, then the age, then the flags that depend on it, where they can
    still matter.
    """
    language, document = interview.language, interview.document()
    told, asked = document.get("person") or {}, document.get("red_flags") or {}
    waiting = [
        flag
        for flag in red_flags(interview.region)
        if flag.name in screened.unanswered and flag.name not in asked
    ]
    waiting.sort(key=lambda flag: flag.below is not None or flag.above is not None)
    for flag in waiting:
        if "age" not in told and (flag.below is not None or flag.above is not None):
            break
        return _flag(flag, language)
    if "age" not in told:
        return _about_person("age", language)
    if "sex" not in told:
        return _about_person("sex", language)
    return None


def _flag(flag: RedFlag, language: str) -> Item:
    return Item("red_flag", flag.name, flag.question.text(language), _yes_no(language), seconds=FLAG_SECONDS)


def _about_person(kind: Literal["age", "sex"], language: str) -> Item:
    sexes = () if kind == "age" else ("female", "male")
    choices = tuple(Choice(sex, _PERSON[sex][language]) for sex in sexes)
    return Item(kind, kind, _PERSON[kind][language], choices, seconds=FLAG_SECONDS)


def reworded(item: Item, region: str, language: str) -> Item:
    """An item that was asked, with words and choices in a language; itself where it is asked no more."""
    if item.kind in ("age", "sex"):
        return _about_person(item.kind, language)
    if item.kind == "red_flag":
        same = [_flag(flag, language) for flag in red_flags(region) if flag.name == item.key]
        return next(iter(same), item)
    asked = Interview({"region": region}, language=language, movements=True)
    if all(question.name != item.question for question in knowledge(region).questions):
        return item
    return next((one for one in _items(asked, item.question, set()) if one.key == item.key), item)


def _yes_no(language: str) -> tuple[Choice, ...]:
    yes, no = _YES_NO[language]
    return Choice(True, yes), Choice(False, no)


def _answered(interview: Interview, case: BackCase) -> set[Atom]:
    """Every atom of which something was said, be it that it is not known."""
    atoms = {observation.atom for observation in case.situation.observations} | set(case.situation.given)
    for part in ("signs", "answers"):
        for key in interview.document().get(part) or {}:
            atoms.update(_atoms(completion(knowledge(case.region), key, _TOLD, key)))
    return atoms | {REGIONS[case.region].complaint}


def _atoms(key: Completion) -> Iterator[Atom]:
    if key.place is None:
        yield key.atom()
    else:
        yield from (key.atom(value) for value in key.values)


def _rest_of_last(interview: Interview, answered: set[Atom]) -> Item | None:
    """What the question asked last has still to be told; nothing where its last part was not known."""
    if not interview.said or not interview.said[-1][0].question:
        return None
    return next(_items(interview, interview.said[-1][0].question, answered), None)


def _items(interview: Interview, name: str, answered: set[Atom]) -> Iterator[Item]:
    """The parts of a question that nothing was said of yet."""
    base, language = knowledge(interview.region), interview.language
    question = next(question for question in base.questions if question.name == name)
    if not interview.movements and name.startswith(_WATCHED):
        return
    keys = [key for atom in question.reveals for key in _keys(base, atom)]
    for key in keys:
        parts = set(_atoms(key))
        if parts & answered if key.exclusive else parts <= answered:
            continue
        written = ", ".join("_" if term is None else term for term in key.terms)
        text = question.label.text(language)
        if len(keys) > 1:
            text += " " + _about(base, key, language)
        choices = _yes_no(language)
        if key.place is not None:
            labels = base.sorts[key.predicate.sorts[key.place]].values
            choices = tuple(Choice(value, labels[value].text(language)) for value in key.values)
        yield Item(
            "question",
            f"{key.predicate.name}({written})" if written else key.predicate.name,
            text,
            choices,
            several=key.place is not None and not key.exclusive,
            seconds=question.seconds,
            question=name,
        )


def _about(base: KnowledgeBase, key: Completion, language: str) -> str:
    """Which of several things a part of a question is about, with a gap where the answer goes."""
    return f"– {base.label(key.atom('…'), language)}"


def _keys(base: KnowledgeBase, atom: Atom) -> Iterator[Completion]:
    """A pattern as keys with at most one open place: the exclusive one, else the last that is a variable."""
    predicate = base.predicates[atom.predicate]
    variables = [place for place, term in enumerate(atom.terms) if is_variable(term)]
    if not variables:
        yield Completion(predicate, atom.terms)
        return
    exclusive = [place for place in variables if place in predicate.one_of]
    left = exclusive[0] if exclusive else variables[-1]
    others = [place for place in variables if place != left]
    values = tuple(base.sorts[predicate.sorts[left]].values)
    for chosen in product(*(base.sorts[predicate.sorts[place]].values for place in others)):
        terms: list[str | None] = [*atom.terms]
        terms[left] = None
        for place, term in zip(others, chosen, strict=True):
            terms[place] = term
        yield Completion(predicate, tuple(terms), left, values, bool(exclusive))


def _check(item: Item, value: Any) -> None:
    if value is None:
        return
    where = f"answer to {item.key}"
    if item.kind == "age":
        checked_age(value, where)
        return
    chosen = value if item.several and isinstance(value, list) else [value]
    if any(not any(choice.value is one or choice.value == one for choice in item.choices) for one in chosen):
        labels = ", ".join(choice.label for choice in item.choices)
        raise InputError("this is none of the answers", where=where, todo=f"answer {labels}")
