"""The proof of an explanation in words that can be read without knowing rules: as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mitate.abduce.answer import Chance, Explanation, Step
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, KnowledgeBase, Rule, Support, Unexplained, is_variable

__all__ = ["explanation_as_dict", "in_words", "proof_text"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "causes": "Causes",
        "none": "none needs to be assumed",
        "explained": "What this explains",
        "unexplained": "Left unexplained, with how often each is seen for no reason in these rules",
        "usual": "Needing no cause, as most have it",
        "failed": "Expected, but not so",
        "because": "because {body}",
        "and": " and ",
        "by rule": "{often} (rule {name}){cited}",
        "assumed": "assumed; true in general {often}{cited}",
        "given": "given",
        "by itself": "{often}{cited}",
        "must": "nothing here explains it",
        "sources": "Sources",
        "cost": "Cost {cost:.2f} nats: assumptions, rules used, failed expectations, what is unexplained.",
        "unsure": "The search was stopped: a better explanation may exist.",
        "certain": "always",
        "about": "in about {n} of {of:,}",
        "rarely": "in fewer than 1 of 10,000",
        "nearly": "in nearly every case",
        "list": "; ",
    },
    "ja": {
        "causes": "原因",
        "none": "原因の仮定は不要です",
        "explained": "これで説明できること",
        "unexplained": "説明できないこと（規則にある理由なしに見られる頻度）",
        "usual": "多くの人に見られ、原因を要しないこと",
        "failed": "予想に反して見られなかったこと",
        "because": "理由: {body}",
        "and": "、かつ ",
        "by rule": "{often}（規則 {name}）{cited}",
        "assumed": "仮定。一般には{often}{cited}",
        "given": "前提",
        "by itself": "{often}{cited}",
        "must": "説明するものがありません",
        "sources": "出典",
        "cost": "コスト {cost:.2f} ナット（仮定、用いた規則、外れた予想、説明できない所見の合計）。",
        "unsure": "探索は途中で打ち切られました。より良い説明があるかもしれません。",
        "certain": "必ず",
        "about": "約{of:,}例中{n}例",
        "rarely": "1万例中1例未満",
        "nearly": "ほぼ全例",
        "list": "、",
    },
}
_USUAL = 0.5
"""What at least so many have for no stated reason is listed apart: it needs no cause."""


def _say(language: str) -> Mapping[str, str]:
    return _WORDS.get(language, _WORDS["en"])


def in_words(probability: float, language: str = "en") -> str:
    """A probability as a natural frequency: ``in about 8 of 10``."""
    say = _say(language)
    if probability >= 1:
        return say["certain"]
    if probability > 0.995:
        return say["nearly"]
    if probability < 0.0001:
        return say["rarely"]
    of = 10
    while abs(round(probability * of) - probability * of) > 0.05 * probability * of and of < 10_000:
        of *= 10
    return say["about"].format(n=max(1, round(probability * of)), of=of)


class _Proof:
    """What printing a proof needs at hand; collects the sources that it cites, in order."""

    def __init__(self, kb: KnowledgeBase, explanation: Explanation, language: str) -> None:
        self.kb = kb
        self.language = language
        self.say = _say(language)
        self.step_of: dict[Atom, Step] = {step.head: step for step in explanation.steps}
        self.cited: dict[str, None] = {}
        self.shown: set[Atom] = set()

    def label(self, atom: Atom) -> str:
        return self.kb.label(atom, self.language)

    def because(self, body: Iterable[Atom]) -> str:
        return self.say["because"].format(body=self.say["and"].join(map(self.label, body)))

    def often(self, probability: float) -> str:
        return in_words(probability, self.language)

    def cite(self, support: Support) -> str:
        self.cited.update(dict.fromkeys(support.sources))
        return f" [{', '.join(support.sources)}]" if support.sources else ""

    def by_rule(self, rule: Rule) -> str:
        cited = self.cite(rule.support)
        return self.say["by rule"].format(often=self.often(rule.probability), name=rule.name, cited=cited)

    def tree(self, atom: Atom, depth: int) -> Iterator[str]:
        """Why an atom holds, what it rests on indented below it; nothing is shown twice."""
        if atom in self.shown:
            return
        self.shown.add(atom)
        step = self.step_of.get(atom)
        indent = "  " * depth
        if step is None or (step.rule is None and step.chance is None):
            yield f"{indent}{self.label(atom)}: {self.say['given']}"
        elif step.rule is not None:
            reason = f"{self.because(step.body)}: " if step.body else ""
            yield f"{indent}{self.label(atom)}"
            yield f"{indent}  {reason}{self.by_rule(step.rule)}"
            for part in step.body:
                yield from self.tree(part, depth + 2)
        elif step.chance is not None:
            cited = self.cite(prior_support(self.kb, atom))
            assumed = self.say["assumed"].format(often=self.often(step.chance.probability), cited=cited)
            yield f"{indent}{self.label(atom)}: {assumed}"

    def by_reason(self, found: Iterable[tuple[Atom, tuple[Atom, ...], Rule]]) -> Iterator[str]:
        """Findings under their common reasons, in the order in which these first come."""
        groups: dict[tuple[Atom, ...], list[tuple[Atom, Rule]]] = {}
        for head, body, rule in found:
            groups.setdefault(body, []).append((head, rule))
        for body, findings in groups.items():
            yield f"  {self.because(body)}"
            for part in body:
                if part in self.step_of:
                    yield from self.tree(part, 3)
            for head, rule in findings:
                yield f"    {self.label(head)}: {self.by_rule(rule)}"


def _covers(pattern: Atom, atom: Atom) -> bool:
    if pattern.predicate != atom.predicate:
        return False
    bound: dict[str, str] = {}
    for term, value in zip(pattern.terms, atom.terms, strict=True):
        if term == "_":
            continue
        if (bound.setdefault(term, value) if is_variable(term) else term) != value:
            return False
    return True


def prior_support(kb: KnowledgeBase, atom: Atom) -> Support:
    """Where the prior of an atom comes from."""
    for rule in reversed(kb.rules):
        if not rule.body and rule.head is not None and _covers(rule.head, atom):
            return rule.support
    predicate = kb.predicates.get(atom.predicate)
    return Support() if predicate is None else predicate.support


def unexplained_line(kb: KnowledgeBase, atom: Atom) -> tuple[float | None, Support]:
    """How probable it is that an atom is seen for no stated reason, and where that comes from."""
    lines: list[Unexplained] = [line for line in kb.unexplained if _covers(line.atom, atom)]
    if lines:
        return lines[-1].probability, lines[-1].support
    predicate = kb.predicates.get(atom.predicate)
    return (None, Support()) if predicate is None else (predicate.unexplained, predicate.support)


def findings(explanation: Explanation) -> tuple[Step, ...]:
    """The steps that a proof ends in: those by a rule whose head no other step uses."""
    used = {atom for step in explanation.steps for atom in step.body}
    causes = set(explanation.causes)
    return tuple(s for s in explanation.steps if s.rule and s.head not in used and s.head not in causes)


def proof_text(kb: KnowledgeBase, explanation: Explanation, language: str = "en") -> str:
    """The proof as indented lines: causes, what they explain and why, what stays open, sources, cost.

    Args:
        kb: the base that explained.
        explanation: one answer.
        language: ``en`` or ``ja``; a label without Japanese appears in English.
    """
    proof = _Proof(kb, explanation, language)
    say = proof.say
    lines = [say["causes"]]
    for atom in explanation.causes:
        lines += proof.tree(atom, 1)
    if not explanation.causes:
        lines.append(f"  {say['none']}")
    explained = [(step.head, step.body, step.rule) for step in findings(explanation) if step.rule]
    if explained:
        lines += [say["explained"], *proof.by_reason(explained)]
    lines += _unexplained(proof, explanation.unexplained)
    failed = [(chance.head, chance.body, chance.rule) for chance in explanation.failed if chance.rule]
    if failed:
        lines += [say["failed"], *proof.by_reason(failed)]
    lines.append(say["cost"].format(cost=explanation.cost / MICRO))
    if not explanation.optimal:
        lines.append(say["unsure"])
    known = [kb.sources[name] for name in proof.cited if name in kb.sources]
    if known:
        lines.append(say["sources"])
        lines += [f"  [{s.name}] {s.citation}" + (f" {s.url}" if s.url else "") for s in known]
    return "\n".join(lines)


def _unexplained(proof: _Proof, atoms: Iterable[Atom]) -> Iterator[str]:
    """What has no reason, with how often that is so; what most have comes apart, in one line."""
    usual: list[str] = []
    rare: list[str] = []
    for atom in atoms:
        probability, support = unexplained_line(proof.kb, atom)
        if probability is None:
            rare.append(f"  {proof.label(atom)}: {proof.say['must']}")
        elif probability >= _USUAL:
            usual.append(proof.label(atom))
        else:
            words = {"often": proof.often(probability), "cited": proof.cite(support)}
            rare.append(f"  {proof.label(atom)}: {proof.say['by itself'].format(**words)}")
    if rare:
        yield from (proof.say["unexplained"], *rare)
    if usual:
        yield from (proof.say["usual"], "  " + proof.say["list"].join(usual))


def explanation_as_dict(
    kb: KnowledgeBase, explanation: Explanation, language: str = "en"
) -> dict[str, object]:
    """An explanation for JSON, with every atom's own form and its label."""

    def named(atom: Atom) -> dict[str, object]:
        return {"atom": str(atom), "label": kb.label(atom, language)}

    def chance(one: Chance) -> dict[str, object]:
        return {
            **named(one.head),
            "because": [str(atom) for atom in one.body],
            "rule": None if one.rule is None else one.rule.name,
            "probability": one.probability,
            "sources": list((prior_support(kb, one.head) if one.rule is None else one.rule.support).sources),
        }

    def step(one: Step) -> dict[str, object]:
        return {
            **named(one.head),
            "because": [str(atom) for atom in one.body],
            "rule": None if one.rule is None else one.rule.name,
            "probability": one.rule.probability if one.rule else one.chance.probability if one.chance else 1,
            "assumed": one.rule is None and one.chance is not None,
            "sources": list(one.rule.support.sources if one.rule else prior_support(kb, one.head).sources),
        }

    return {
        "cost_nats": explanation.cost / MICRO,
        "optimal": explanation.optimal,
        "causes": [named(atom) for atom in explanation.causes],
        "assumed": [chance(one) for one in explanation.assumed],
        "failed": [chance(one) for one in explanation.failed],
        "unexplained": [named(atom) for atom in explanation.unexplained],
        "proof": [step(one) for one in explanation.steps],
    }
