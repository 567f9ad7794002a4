"""The optimum of a selection by answer set programming; nothing of the product's encoding is used."""

from __future__ import annotations

import clingo

from mitate.back.selection import Task


def best_by_clingo(task: Task) -> int:
    """What the best choice is worth."""
    lines = [f"item({i},{size})." for i, size in enumerate(task.sizes)]
    lines += ["{ in(I) : item(I,_) }.", f":- #sum {{ S,I : in(I), item(I,S) }} > {task.budget}."]
    lines += [f":- #count {{ I : in(I) }} > {task.most}."]
    lines += [f":- in({one}), in({two})." for one, two in task.apart]
    for k, reward in enumerate(task.rewards):
        lines += [f"of(r{k},{i})." for i in reward.of]
        lines += [f"got(r{k}) :- #count {{ I : in(I), of(r{k},I) }} >= {reward.least}."]
        lines += [f":~ not got(r{k}). [{reward.gain},r{k}]"]
    for k, burden in enumerate(task.burdens):
        lines += [f"borne(b{k}) :- in({i})." for i in burden.of]
        lines += [f":~ borne(b{k}). [{burden.cost},b{k}]"]
    control = clingo.Control(["--warn=none"], logger=lambda code, message: None)
    control.add("base", [], "\n".join(lines))
    control.ground([("base", [])])
    cost = 0
    with control.solve(yield_=True) as models:
        for model in models:
            cost = sum(model.cost)
    return sum(reward.gain for reward in task.rewards) - cost
