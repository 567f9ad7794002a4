"""From a grounded situation to weighted partial MaxSAT: completion of the rules, costs, contradictions.

Cost-based abduction is the most probable state of a Bayesian network whose costs are −log p (Charniak,
Shimony, AAAI-90); an acyclic ground base is one weighted partial MaxSAT problem. An atom needs a support (one
of the rules that conclude it, or its own assumption); a rule's support needs its body; contradictions are
clauses; what is uncertain costs something. Circles are cut by loop formulas (Lin, Zhao, AIJ 157, 2004), added
when a candidate turns out to support itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from mitate.abduce.ground import Grounder, Instance
from mitate.abduce.relevant import Problem
from mitate.abduce.worth import drop_worthless

__all__ = ["Encoding", "closure", "encode"]


@dataclass(slots=True)
class Encoding:
    """Clauses and costs, and what the variables stand for.

    Attributes:
        base: the part of the cost that no explanation can avoid.
        atoms: the variable of an atom.
        assumed: the atom whose assumption a variable is.
        chosen: the uncertain instance that a variable lets fire.
        conjunctions: the literals that stand for bodies of several atoms.
        leaves: the observed atoms that no rule uses and nothing else is asked of, in order.
        supports: the literals of which an atom needs one, each with its instance (None: assumed).
    """

    clauses: list[list[int]] = field(default_factory=list)
    costs: dict[int, int] = field(default_factory=dict)
    base: int = 0
    variables: int = 0
    atoms: dict[int, int] = field(default_factory=dict)
    assumed: dict[int, int] = field(default_factory=dict)
    chosen: dict[int, Instance] = field(default_factory=dict)
    supports: dict[int, list[tuple[int, Instance | None]]] = field(default_factory=dict)
    conjunctions: dict[tuple[int, ...], int] = field(default_factory=dict)
    leaves: dict[int, None] = field(default_factory=dict)

    def fresh(self) -> int:
        """A variable that is not used yet."""
        self.variables += 1
        return self.variables

    def of(self, atom: int) -> int:
        """The variable of an atom."""
        found = self.atoms.get(atom)
        if found is None:
            self.variables += 1
            found = self.atoms[atom] = self.variables
        return found

    def charge(self, variable: int, cost: int) -> None:
        """Makes a variable cost so much more when it is true."""
        if cost:
            self.costs[variable] = self.costs.get(variable, 0) + cost


def encode(grounder: Grounder, problem: Problem, *, circular: bool) -> Encoding:
    """The MaxSAT problem of a situation.

    Args:
        grounder: the knowledge base.
        problem: what matters of it; loses what cannot pay for itself.
        circular: whether rules may run in circles.

    Raises:
        OutOfTime: the grounder's deadline passed.
    """
    made = Encoding()
    kinds, tick = grounder.kb.predicates, grounder.tick
    asked = {*problem.wanted, *problem.barred}
    for atom in problem.present:
        if kinds[grounder.keys[atom][0]].kind == "observation" and atom not in asked:
            made.leaves[atom] = None
    if not circular and any(cost is not None for cost in problem.present.values()):
        drop_worthless(grounder, problem, made.leaves)
    must = set[int]() if circular else _inevitable(problem, made.leaves)
    for atom in {**problem.proving, **problem.assumable}:
        tick()
        if atom in problem.possible and atom not in made.leaves:
            _support(made, problem, atom, must=atom in must)
    shared: dict[tuple[int, ...], int] = {}
    for atom, cost in problem.present.items():
        tick()
        if atom in made.leaves:
            _explain_leaf(made, problem, shared, atom)
        elif cost is not None:
            _explain(made, problem, atom, cost)
        else:
            made.clauses.append([made.of(atom)] if atom in problem.possible else [])
    for instance in problem.forced:
        tick()
        if instance.head not in made.leaves:
            _force(made, problem, instance)
    for instance in problem.failing:
        tick()
        _fail(made, problem, instance)
    _ask(made, problem)
    _exclude(made, grounder)
    return made


def _inevitable(problem: Problem, leaves: Collection[int]) -> set[int]:
    """The atoms without which what must be explained has no proof; found here, they cost no core."""
    must: set[int] = set()
    todo = [*problem.wanted, *(atom for atom, cost in problem.present.items() if cost is None)]
    while todo:
        atom = todo.pop()
        if atom in must or atom in problem.given:
            continue
        must.add(atom)
        ways = problem.proving.get(atom, ())
        if len(ways) == 1 and (atom in leaves or atom not in problem.assumable):
            todo.extend(ways[0].body)
    return must


def _ask(made: Encoding, problem: Problem) -> None:
    """What is asked of an explanation besides: atoms that must hold, atoms that must not."""
    for atom in problem.wanted:
        if atom not in problem.given:
            made.clauses.append([made.of(atom)] if atom in problem.possible else [])
    for atom in problem.barred:
        if atom in problem.given:
            made.clauses.append([])
        elif atom in made.atoms:
            made.clauses.append([-made.atoms[atom]])


def _open(problem: Problem, instance: Instance) -> list[int]:
    given = problem.given
    return [atom for atom in instance.body if atom not in given] if given else list(instance.body)


def _literal(made: Encoding, problem: Problem, instance: Instance) -> int:
    """A literal that is true only if the instance can fire and, where uncertain, is paid for."""
    body = _open(problem, instance)
    if instance.certain and body:
        return _conjunction(made, body)
    variable = made.fresh()
    if not instance.certain:
        made.chosen[variable] = instance
        made.charge(variable, instance.cost)
    for atom in body:
        made.clauses.append([-variable, made.of(atom)])
    return variable


def _support(made: Encoding, problem: Problem, atom: int, *, must: bool) -> None:
    variable = made.of(atom)
    instances = problem.proving.get(atom, ())
    prior = problem.assumable.get(atom)
    if must:
        made.clauses.append([variable])
        if prior is not None and not instances:
            made.assumed[variable] = atom
            made.base += prior
            return
    supports: list[tuple[int, Instance | None]] = []
    for instance in instances:
        literal = _literal(made, problem, instance)
        supports.append((literal, instance))
        if not instance.certain:
            made.clauses.append([-literal, variable])
    if prior is not None:
        own = made.fresh() if instances else variable
        made.assumed[own] = atom
        made.charge(own, prior)
        if instances:
            supports.append((own, None))
            made.clauses.append([-own, variable])
    if supports:
        made.clauses.append([-variable, *(literal for literal, _ in supports)])
        made.supports[atom] = supports
    elif prior is None:
        made.clauses.append([-variable])


def _explain(made: Encoding, problem: Problem, atom: int, cost: int) -> None:
    """An observation that rules may use has a support or stays unexplained at its cost."""
    if atom not in problem.possible:
        made.base += cost
    elif cost:
        unpaid = made.fresh()
        made.charge(unpaid, cost)
        made.clauses.append([made.of(atom), unpaid])


def _explain_leaf(made: Encoding, problem: Problem, shared: dict[tuple[int, ...], int], atom: int) -> None:
    """What it costs to explain an observation, or not to, said by clauses over the bodies alone.

    With the ways sorted by cost, c1 is paid in any case; the step from c1 to c2 unless the first body holds;
    the step from c2 to c3 unless one of the first two does; and so on up to leaving it unexplained.
    Observations with the same ways share these clauses, and no variable says which way is taken.
    """
    limit = problem.present[atom]
    ways = sorted(problem.proving.get(atom, ()), key=lambda i: i.cost)
    paid = 0
    bodies: set[int] = set()
    for instance in ways:
        if limit is not None and instance.cost >= limit:
            break
        _step(made, shared, bodies, instance.cost - paid)
        paid = instance.cost
        body = _open(problem, instance)
        if not body:
            return
        bodies.add(_conjunction(made, body))
    if limit is None:
        made.clauses.append(sorted(bodies))
    else:
        _step(made, shared, bodies, limit - paid)


def _step(made: Encoding, shared: dict[tuple[int, ...], int], bodies: set[int], cost: int) -> None:
    if not bodies:
        made.base += cost
    elif cost:
        key = tuple(sorted(bodies))
        unpaid = shared.get(key)
        if unpaid is None:
            unpaid = shared[key] = made.fresh()
            made.clauses.append([*key, unpaid])
        made.charge(unpaid, cost)


def _conjunction(made: Encoding, body: list[int]) -> int:
    """A literal that is true only if all atoms of a body are."""
    if len(body) == 1:
        return made.of(body[0])
    key = tuple(sorted(body))
    found = made.conjunctions.get(key)
    if found is None:
        found = made.conjunctions[key] = made.fresh()
        made.clauses.extend([-found, made.of(atom)] for atom in body)
    return found


def _force(made: Encoding, problem: Problem, instance: Instance) -> None:
    clause = [-made.of(atom) for atom in _open(problem, instance)]
    if instance.head != -1 and instance.head not in problem.absent:
        if instance.head in problem.given:
            return
        clause.append(made.of(instance.head))
    if clause:
        made.clauses.append(clause)
    else:  # the given facts contradict the rules
        made.clauses.extend([[made.fresh()], [-made.variables]])


def _fail(made: Encoding, problem: Problem, instance: Instance) -> None:
    body = _open(problem, instance)
    if not body:
        made.base += instance.cost_false
    elif len(body) == 1:
        made.charge(made.of(body[0]), instance.cost_false)
    elif instance.cost_false:
        failed = made.fresh()
        made.charge(failed, instance.cost_false)
        made.clauses.append([*(-made.of(atom) for atom in body), failed])


def _exclude(made: Encoding, grounder: Grounder) -> None:
    for atom, variable in made.atoms.items():
        grounder.tick()
        for rival in grounder.rivals(atom):
            other = made.atoms.get(rival)
            if other is not None and variable < other:
                made.clauses.append([-variable, -other])


def closure(facts: Iterable[int], instances: Iterable[Instance]) -> dict[int, Instance | None]:
    """The least model: each atom with the instance that derived it first; None for a fact."""
    why: dict[int, Instance | None] = dict.fromkeys(facts)
    waiting: dict[int, list[Instance]] = {}
    todo = list(instances)
    while todo:
        instance = todo.pop()
        for atom in instance.body:
            if atom not in why:
                waiting.setdefault(atom, []).append(instance)
                break
        else:
            if instance.head not in why:
                why[instance.head] = instance
                todo.extend(waiting.pop(instance.head, ()))
    return why


def loop_formulas(made: Encoding, problem: Problem, true: frozenset[int]) -> list[list[int]]:
    """For atoms that a candidate holds true only by each other: one of them needs a support from outside."""
    facts = [*problem.given, *(atom for own, atom in made.assumed.items() if own in true)]
    certain = problem.forced or [i for several in problem.proving.values() for i in several if i.certain]
    firing = [*certain, *(i for variable, i in made.chosen.items() if variable in true)]
    why = closure(facts, (i for i in firing if i.head != -1))
    circular = dict.fromkeys(
        a for a, v in made.atoms.items() if v in true and a in made.supports and a not in why
    )
    if not circular:
        return []
    outside = {
        literal
        for atom in circular
        for literal, instance in made.supports[atom]
        if instance is None or circular.keys().isdisjoint(instance.body)
    }
    return [[-made.atoms[atom], *sorted(outside)] for atom in circular]
