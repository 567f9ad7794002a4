"""The protocol's runner: every method on every held-out patient after every number of labelled days.

A patient's answers under one method are one file, so that a kill loses at most the one at hand and the same
call goes on. Files go by what the answers depend on (`signature`): with other crops, other lessons or a
method set otherwise they are made anew, and the former ones are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.evaluate import Predictions
from mitate.edema.study.answers import check_answers, read_answers, write_answers
from mitate.edema.study.course import LABELLED_DAYS, Course, Exam, Lesson, Split, split_course
from mitate.edema.study.method import Answer, Method
from mitate.edema.study.signature import crops_digest, method_digest, task_digest
from mitate.errors import InputError
from mitate.parallel import completed

__all__ = ["Progress", "Row", "joined", "run_study"]

Progress = Callable[[str, float, float, str], None]
"""Takes what is being done, how much of it is done, how much there is, and a word on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What one method said after so many labelled days, on every patient with later sessions.

    Attributes:
        method: its name.
        days: labelled days, 0 to 5.
        session: (N,) predictions, patient after patient in order of time.
        frame: (F,) predictions from single frames, in the order of the sessions.
        doubt: (N,) of the sessions; refusals go by it.
        frames_per_session: (N,) how many rows of `frame` belong to each session.
    """

    method: str
    days: int
    session: Predictions
    frame: Predictions
    doubt: NDArray[np.float64]
    frames_per_session: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """One patient under one method."""

    method: Method
    days: int
    split: Split
    path: Path


def run_study(
    courses: Sequence[Course],
    methods: Sequence[Method],
    folder: Path,
    *,
    days: Sequence[int] = LABELLED_DAYS,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Let every method learn each patient's first days and judge his later ones.

    Args:
        courses: held-out patients, whom no method has met.
        methods: with different names; picklable where other processes work.
        folder: where answers are kept; made if missing.
        days: numbers of labelled days. A method is left out where it needs more (`least_days`), a patient
            where he has no later day.
        workers: processes, where no executor is given; 1 works in this one.
        executor: runs the methods elsewhere; it must see the same files.
        progress: called with what, patients' answers done and in all, and the method's name.

    Returns:
        Rows by method, then by days.

    Raises:
        InputError: two methods of one name, a patient twice, nobody who could be tested, or an answer that
            does not fit.
    """
    _refuse_twice((method.name for method in methods), "method")
    _refuse_twice((course.participant.participant_id for course in courses), "patient")
    tasks = _tasks(courses, methods, folder, days)
    if not tasks:
        raise InputError(
            "nobody has a weighed post session and a weighed session on a later day",
            where=folder,
            todo="give patients of two days or more",
        )
    todo = [task for task in tasks if read_answers(task.path) is None]
    done = len(tasks) - len(todo)
    say = progress or _silent
    say("answers", done, len(tasks), "")
    for name, count in _worked(todo, workers, executor):
        done += count
        say("answers", done, len(tasks), name)
    return _rows(tasks)


def joined(parts: Iterable[Sequence[Row]]) -> list[Row]:
    """Rows of several runs on different patients, such as those of folds, as one run's."""
    found: dict[tuple[str, int], list[Row]] = {}
    for rows in parts:
        for row in rows:
            found.setdefault((row.method, row.days), []).append(row)
    order = {name: i for i, name in enumerate(dict.fromkeys(name for name, _ in found))}
    return [
        Row(
            name,
            days,
            _stacked([row.session for row in rows]),
            _stacked([row.frame for row in rows]),
            np.concatenate([row.doubt for row in rows]),
            np.concatenate([row.frames_per_session for row in rows]),
        )
        for (name, days), rows in sorted(found.items(), key=lambda item: (order[item[0][0]], item[0][1]))
    ]


def _silent(what: str, done: float, total: float, detail: str) -> None:
    """Where nobody watches."""


def _refuse_twice(names: Iterable[str], what: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"the {what} {twice[0]!r} is given twice", todo=f"give each {what} once")


def _tasks(
    courses: Sequence[Course], methods: Sequence[Method], folder: Path, days: Sequence[int]
) -> list[_Task]:
    digests = {id(capture.crops): crops_digest(capture.crops) for c in courses for capture in c.captures}
    splits = {k: [found for c in courses if (found := split_course(c, k)) is not None] for k in days}
    tasks = []
    for method in methods:
        own = method_digest(method)
        for k in days:
            for split in splits[k] if k >= method.least_days else []:
                name = f"{_plain(split.participant_id)}-{task_digest(own, split, digests)[:24]}.npz"
                place = folder / "answers" / _plain(method.name) / f"days-{k}" / name
                tasks.append(_Task(method, k, split, place))
    return tasks


def _plain(name: str) -> str:
    """Something like `name` that any file system takes; the digest tells alike ones apart."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:48] or "x"


def _worked(tasks: Sequence[_Task], workers: int, executor: Executor | None) -> Iterator[tuple[str, int]]:
    """A patient's tasks under one method are one job, so that his pictures travel and are seen once."""
    found: dict[tuple[str, str], list[_Task]] = {}
    for task in tasks:
        found.setdefault((task.method.name, task.split.participant_id), []).append(task)
    jobs = [
        (own[0].method, own[0].split.participant_id, [(t.split.lessons, t.split.exams, t.path) for t in own])
        for own in found.values()
    ]
    if executor is None and workers <= 1:
        for job in jobs:
            yield _answer(*job)
        return
    yield from completed(_answer, jobs, workers=min(workers, max(1, len(jobs))), executor=executor)


def _answer(
    method: Method,
    participant_id: str,
    tasks: Sequence[tuple[Sequence[Lesson], Sequence[Exam], Path]],
) -> tuple[str, int]:
    """One patient's answers, each kept in its file at once; the method's name and how many."""
    from threadpoolctl import threadpool_limits

    for lessons, exams, path in tasks:
        with threadpool_limits(1):  # the same digits whatever the number of workers
            answers = method.answer(lessons, exams)
        check_answers(answers, exams, f"{method.name}, patient {participant_id}")
        write_answers(path, answers)
    return method.name, len(tasks)


def _rows(tasks: Sequence[_Task]) -> list[Row]:
    found: dict[tuple[str, int], list[_Task]] = {}
    for task in tasks:
        found.setdefault((task.method.name, task.days), []).append(task)
    return [_row(name, days, own) for (name, days), own in found.items()]


def _row(name: str, days: int, tasks: Sequence[_Task]) -> Row:
    sessions, frames, doubt, counts = [], [], [], []
    for task in tasks:
        answers = read_answers(task.path)
        if answers is None:
            raise InputError(
                "these answers were here and are not any more", where=task.path, todo="run it again"
            )
        check_answers(answers, task.split.exams, str(task.path))
        sessions.append(_of_sessions(task.split, answers))
        frames.append(_of_frames(task.split, answers))
        doubt += [answer.doubt for answer in answers]
        counts += [len(answer.frame_excess_kg) for answer in answers]
    return Row(name, days, _stacked(sessions), _stacked(frames), np.array(doubt), np.array(counts, np.int64))


def _of_sessions(split: Split, answers: Sequence[Answer]) -> Predictions:
    return Predictions(
        np.array([split.participant_id] * len(answers)),
        split.is_pre,
        split.truth_kg,
        np.array([answer.excess_kg for answer in answers]),
        np.array([answer.probability for answer in answers]),
        np.array([answer.interval_90[0] for answer in answers]),
        np.array([answer.interval_90[1] for answer in answers]),
    )


def _of_frames(split: Split, answers: Sequence[Answer]) -> Predictions:
    counts = [len(answer.frame_excess_kg) for answer in answers]
    return Predictions(
        np.array([split.participant_id] * sum(counts)),
        np.repeat(split.is_pre, counts),
        np.repeat(split.truth_kg, counts),
        np.concatenate([answer.frame_excess_kg for answer in answers]),
        np.concatenate([answer.frame_probability for answer in answers]),
        np.concatenate([answer.frame_low_kg for answer in answers]),
        np.concatenate([answer.frame_high_kg for answer in answers]),
    )


def _stacked(parts: Sequence[Predictions]) -> Predictions:
    names = ("participant", "is_pre", "truth_kg", "excess_kg", "probability", "low_kg", "high_kg")
    return Predictions(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
