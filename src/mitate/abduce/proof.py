"""The proof of an explanation in words that can be read without knowing rules: as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mitate.abduce.answer import Chance, Explanation, Step
from mitate.abduce.ground import MICRO
from mitate.abduce.language import Atom, KnowledgeBase, Support, Unexplained, is_variable

__all__ = ["explanation_as_dict", "in_words", "proof_text"]

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "causes": "Causes",
        "none": "no cause is needed",
        "explained": "What this explains",
        "unexplained": "Left unexplained",
        "failed": "Expected, but not so",
        "because": "because {body}",
        "and": " and ",
        "rule": "{often} (rule {name}){cited}",
        "assumed": "assumed; true in general {often}{cited}",
        "derived": "follows, see below",
        "given": "given",
        "above": "(shown above)",
        "by itself": "seen for no reason in these rules {often}{cited}",
        "must": "nothing here explains it",
        "sources": "Sources",
        "cost": "Cost {cost:.2f} nats: chances assumed, chances that failed, and what stays unexplained.",
        "unsure": "The search was stopped: a better explanation may exist.",
        "certain": "always",
        "about": "in about {n} of {of:,}",
        "rarely": "in fewer than 1 of 10,000",
        "nearly": "in nearly every case",
    },
    "ja": {
        "causes": "原因",
        "none": "原因の仮定は不要です",
        "explained": "これで説明できること",
        "unexplained": "説明できないこと",
        "failed": "予想に反して見られなかったこと",
        "because": "理由: {body}",
        "and": "、かつ ",
        "rule": "{often}（規則 {name}）{cited}",
        "assumed": "仮定。一般には{often}{cited}",
        "derived": "下の証明から導かれます",
        "given": "前提",
        "above": "（上に示したとおり）",
        "by itself": "この規則にない理由で見られるのは{often}{cited}",
        "must": "説明するものがありません",
        "sources": "出典",
        "cost": "コスト {cost:.2f} ナット（仮定、外れた予想、説明できない所見の合計）。",
        "unsure": "探索は途中で打ち切られました。より良い説明があるかもしれません。",
        "certain": "必ず",
        "about": "約{of:,}例中{n}例",
        "rarely": "1万例中1例未満",
        "nearly": "ほぼ全例",
    },
}


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

    def body(self, atoms: Iterable[Atom]) -> str:
        return self.say["and"].join(map(self.label, atoms))

    def cite(self, support: Support) -> str:
        self.cited.update(dict.fromkeys(support.sources))
        return f" [{', '.join(support.sources)}]" if support.sources else ""

    def often(self, probability: float) -> str:
        return in_words(probability, self.language)

    def rule(self, chance: Chance) -> str:
        if chance.rule is None:
            return self.assumed(chance)
        return self.say["rule"].format(
            often=self.often(chance.probability), name=chance.rule.name, cited=self.cite(chance.rule.support)
        )

    def assumed(self, chance: Chance) -> str:
        support = prior_support(self.kb, chance.head)
        return self.say["assumed"].format(often=self.often(chance.probability), cited=self.cite(support))

    def tree(self, atom: Atom, depth: int) -> Iterator[str]:
        """Why an atom holds, its reasons indented below it; what was shown once is not shown again."""
        step = self.step_of.get(atom)
        indent = "  " * depth
        if step is None or (step.rule is None and step.chance is None):
            yield f"{indent}{self.label(atom)}: {self.say['given']}"
        elif step.rule is None and step.chance is not None:
            yield f"{indent}{self.label(atom)}: {self.assumed(step.chance)}"
        elif atom in self.shown:
            yield f"{indent}{self.label(atom)} {self.say['above']}"
        else:
            yield f"{indent}{self.label(atom)}"
            yield f"{indent}  {self._reason(step)}"
            self.shown.add(atom)
            for part in step.body:
                reason = self.step_of.get(part)
                if reason is not None and reason.rule is not None:
                    yield from self.tree(part, depth + 2)

    def _reason(self, step: Step) -> str:
        rule = step.rule
        if rule is None:
            return self.say["given"]
        text = self.say["rule"].format(
            often=self.often(rule.probability), name=rule.name, cited=self.cite(rule.support)
        )
        body = self.say["because"].format(body=self.body(step.body))
        return f"{body}: {text}" if step.body else text


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


def goals(explanation: Explanation) -> tuple[Atom, ...]:
    """The atoms that a proof ends in: those that no other step uses."""
    used = {atom for step in explanation.steps for atom in step.body}
    return tuple(step.head for step in explanation.steps if step.head not in used and step.rule is not None)


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
        step = proof.step_of.get(atom)
        chance = step.chance if step is not None and step.rule is None else None
        status = proof.assumed(chance) if chance is not None else say["derived"]
        lines.append(f"  {proof.label(atom)}: {status}")
    if not explanation.causes:
        lines.append(f"  {say['none']}")
    # The causes' proofs come first where they have one, so that findings can point up to them.
    roots = [atom for atom in explanation.causes if (s := proof.step_of.get(atom)) and s.rule is not None]
    explained = [line for atom in (*roots, *goals(explanation)) for line in _once(proof, atom)]
    lines += [say["explained"], *explained] if explained else []
    if explanation.unexplained:
        lines.append(say["unexplained"])
        lines += [f"  {proof.label(atom)}: {_by_itself(proof, atom)}" for atom in explanation.unexplained]
    if explanation.failed:
        lines.append(say["failed"])
        for chance in explanation.failed:
            lines.append(f"  {proof.label(chance.head)}")
            lines.append(f"    {say['because'].format(body=proof.body(chance.body))}: {proof.rule(chance)}")
    lines.append(say["cost"].format(cost=explanation.cost / MICRO))
    if not explanation.optimal:
        lines.append(say["unsure"])
    known = [kb.sources[name] for name in proof.cited if name in kb.sources]
    if known:
        lines.append(say["sources"])
        lines += [f"  [{s.name}] {s.citation}" + (f" {s.url}" if s.url else "") for s in known]
    return "\n".join(lines)


def _once(proof: _Proof, atom: Atom) -> Iterator[str]:
    return proof.tree(atom, 1) if atom not in proof.shown else iter(())


def _by_itself(proof: _Proof, atom: Atom) -> str:
    probability, support = unexplained_line(proof.kb, atom)
    if probability is None:
        return proof.say["must"]
    return proof.say["by itself"].format(often=proof.often(probability), cited=proof.cite(support))


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
