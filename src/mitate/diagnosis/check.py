"""Everything that can be said of a data set before anything is learned from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mitate.diagnosis.balance import ClassCount, GroupBalance, balances, class_counts
from mitate.diagnosis.dataset import check_dataset
from mitate.diagnosis.dataset_table import LEAST_PEOPLE
from mitate.diagnosis.duplicates import Duplicate, find_duplicates, not_the_same, refuse_duplicates
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.faces_of import Progress, read_faces_with_notes
from mitate.diagnosis.likeness import Likeness
from mitate.diagnosis.photographs import Dataset, LeftOut
from mitate.errors import InputError, with_todo
from mitate.face.refusals import INSTRUCTIONS
from mitate.tables import Problem

__all__ = ["Checkup", "check", "in_words", "refuse_small_classes"]

_SHOWN = 10  # of anything that could be many
_UNEVEN = 0.3  # difference of two classes in the share of people for whom a group is known


@dataclass(frozen=True, slots=True)
class Checkup:
    """What `check` found.

    Attributes:
        path: what was checked.
        dataset: what could be read; None where nothing could.
        problems: of the table or folders, errors first.
        photos_read: whether the photos were looked at; they are not while the table has errors.
        classes: people and photos of each class.
        left_out: photos without a usable face.
        notes: used photos that have something wrong with them, by reason, the most frequent first.
        duplicates: photos that stand twice, and people under two names.
        not_the_same: pairs of people that are two though they look like one.
        known_found: of the pairs of photos of one person, how many would have been found under two names, and
            how many pairs there are.
        groups: how each group is spread over the classes.
        consent, licence: what is said of how many photos; an empty text where nothing is.
        refusal: why nothing should be learned from it as it is; empty otherwise.
    """

    path: Path
    dataset: Dataset | None
    problems: tuple[Problem, ...]
    photos_read: bool = False
    classes: tuple[ClassCount, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    duplicates: tuple[Duplicate, ...] = ()
    not_the_same: frozenset[frozenset[str]] = frozenset()
    known_found: tuple[int, int] = (0, 0)
    groups: tuple[GroupBalance, ...] = ()
    consent: Mapping[str, int] = field(default_factory=dict)
    licence: Mapping[str, int] = field(default_factory=dict)
    refusal: str = ""

    @property
    def errors(self) -> int:
        """How many problems are errors."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def usable(self) -> bool:
        """Whether something can be learned from it as it is."""
        return self.dataset is not None and not self.errors and not self.refusal


def check(
    path: Path,
    *,
    cache: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Checkup:
    """Look at a data set: its table or folders, then its photos.

    Args:
        path, cache, workers, progress: as of `mitate.diagnosis.faces_of.read_faces`.

    Raises:
        WeightsError: weights are not installed.
    """
    path = Path(path)
    dataset, problems = check_dataset(path)
    if dataset is None:
        return Checkup(path, None, problems)
    consent, licence = (
        dict(Counter(str(getattr(photo, name)) for photo in dataset.photos).most_common())
        for name in ("consent", "licence")
    )
    if any(problem.severity == "error" for problem in problems):
        return Checkup(path, dataset, problems, consent=consent, licence=licence)
    faces, notes = read_faces_with_notes(dataset, cache=cache, workers=workers, progress=progress)
    looked_at = _looked_at(path, dataset, problems, faces, notes)
    return replace(looked_at, consent=consent, licence=licence)


def _looked_at(
    path: Path,
    dataset: Dataset,
    problems: tuple[Problem, ...],
    faces: Faces,
    notes: tuple[tuple[str, ...], ...],
) -> Checkup:
    duplicates: tuple[Duplicate, ...] = ()
    known, two = (0, 0), frozenset[frozenset[str]]()
    refusals = []
    if len(faces):
        likeness = Likeness.of(faces)
        duplicates, known = find_duplicates(faces, likeness=likeness), likeness.known_found()
    try:
        two = not_the_same(dataset)
        refuse_duplicates(duplicates, allow=two, where=path)
    except InputError as error:
        refusals.append(_said(error, path, dataset))
    try:
        refuse_small_classes(faces, dataset)
    except InputError as error:
        refusals.append(_said(error, path, dataset))
    return Checkup(
        path=path,
        dataset=dataset,
        problems=problems,
        photos_read=True,
        classes=class_counts(dataset.photos, faces.left_out),
        left_out=faces.left_out,
        notes=dict(Counter(note for own in notes for note in own).most_common()),
        duplicates=duplicates,
        not_the_same=two,
        known_found=known,
        groups=balances(dataset.photos),
        refusal=". ".join(refusals),
    )


def _said(error: InputError, path: Path, dataset: Dataset) -> str:
    """What is wrong, where, unless that is the data set as a whole, and what to do."""
    if error.where not in (str(path), str(dataset.root)):
        return str(error)
    return with_todo(error.what, error.todo)


def refuse_small_classes(faces: Faces, dataset: Dataset) -> None:
    """Refuse to learn where a class has lost so many photos that nobody can be held out.

    Raises:
        InputError: a class of the data set has fewer than two people with a usable face.
    """
    for label in dataset.labels:
        people = {photo.person for photo in faces.photos if photo.label == label}
        if len(people) >= LEAST_PEOPLE:
            continue
        lost = [one for one in faces.left_out if one.photo.label == label]
        why = f"; {len(lost)} photos cannot be used, the first: {lost[0].what}" if lost else ""
        raise InputError(
            f"the class {label!r} has {_count(len(people), 'person', 'people')} with a usable face{why}",
            where=dataset.root,
            todo=(lost[0].todo if lost else "") or "add people, or take the class out",
        )


def in_words(checkup: Checkup) -> list[str]:
    """The checkup in lines of plain text, what must be mended first.

    `Checkup.refusal` is not among them: it is the error that the caller ends with.
    """
    lines = [with_todo(f"{one.where}: {one.severity}: {one.message}", one.todo) for one in checkup.problems]
    if checkup.dataset is None:
        return [*lines, "There is nothing to learn from here."]
    if not checkup.photos_read:
        errors = _count(checkup.errors, "error", "errors")
        return [*lines, f"{errors}: mend them first; then the photos are looked at."]
    if checkup.dataset.simulated:
        lines.append("The people of this data set are simulated.")
    lines += _class_lines(checkup)
    lines += _left_out_lines(checkup)
    lines += _duplicate_lines(checkup)
    lines += [line for group in checkup.groups for line in _group_lines(group)]
    for name, counts in (("consent", checkup.consent), ("licence", checkup.licence)):
        told = ", ".join(
            f"{word or 'nothing said'}: {count}" for word, count in list(counts.items())[:_SHOWN]
        )
        lines.append(f"{name} (photos): {told}")
    lines.append("Not usable as it is." if checkup.refusal else "Usable.")
    return lines


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _class_lines(checkup: Checkup) -> list[str]:
    lines = []
    for one in checkup.classes:
        line = (
            f"{one.label}: {_count(one.people, 'person', 'people')}, {_count(one.photos, 'photo', 'photos')}"
        )
        lost = one.photos - one.usable_photos
        if lost:
            reasons = ", ".join(f"{reason}: {count}" for reason, count in one.left_out.items())
            line += (
                f"; {lost} left out ({one.share_left_out:.0%}; {reasons}), {one.usable_people} usable people"
            )
        lines.append(line)
        if one.loses_more:
            lines.append(
                f"  warning: {one.label} loses more of its photos than the other classes: those that are "
                "left may not be typical of it. Find out why"
            )
    return lines


def _left_out_lines(checkup: Checkup) -> list[str]:
    lines = [f"left out: {one.photo.file}: {one.what}. {one.todo}" for one in checkup.left_out[:_SHOWN]]
    if len(checkup.left_out) > _SHOWN:
        lines.append(f"left out: {len(checkup.left_out) - _SHOWN} more")
    for reason, count in checkup.notes.items():
        lines.append(f"used all the same: {_count(count, 'photo', 'photos')}: {INSTRUCTIONS[reason][0]}")
    return lines


def _duplicate_lines(checkup: Checkup) -> list[str]:
    words = {
        "same_file": "the same file",
        "near_copy": "copies of one photo",
        "same_person": "look like one person",
    }
    lines = []
    for one in checkup.duplicates[:_SHOWN]:
        pair = frozenset((one.first.person, one.second.person))
        where = "in two classes" if one.across_classes else "under two names"
        where = where if one.across_persons else "of one person, which counts it twice"
        known = " (two people, you say)" if one.kind == "same_person" and pair in checkup.not_the_same else ""
        names = f"{one.first.file.name} ({one.first.person}), {one.second.file.name} ({one.second.person})"
        lines.append(f"{names}: {words[one.kind]}, {where}{known}")
    if len(checkup.duplicates) > _SHOWN:
        lines.append(f"{len(checkup.duplicates) - _SHOWN} more such pairs")
    found, pairs = checkup.known_found
    if pairs:
        lines.append(
            f"Of {_count(pairs, 'pair', 'pairs')} of photos that show one person, {found} would have been "
            "found under two names"
        )
    return lines


def _known(group: GroupBalance) -> str:
    """For whom a group is known, in words."""
    low, high = (pick(group.known, key=lambda label: group.known[label]) for pick in (min, max))
    if group.known[low] == 1.0:
        return "known for everybody"
    if group.known[low] == group.known[high]:
        return f"known for {group.known[low]:.0%} of the people"
    return f"known for {group.known[low]:.0%} ({low}) to {group.known[high]:.0%} ({high}) of the people"


def _group_lines(group: GroupBalance) -> list[str]:
    line = f"{group.name}: {_known(group)}"
    if group.cramers_v is not None:
        line += f"; association with the class {group.cramers_v:.2f} (Cramér's V)"
    lines = [line]
    if max(group.known.values()) - min(group.known.values()) > _UNEVEN:
        lines.append(f"  warning: that {group.name} is known says something of the class by itself")
    if group.strength in ("none", "unknown"):
        return lines
    spread = "; ".join(
        f"{value}: {', '.join(f'{label} {count}' for label, count in counts.items())}"
        for value, counts in sorted(group.values.items())
    )
    how = "goes strongly with the class" if group.strength == "strong" else "goes with the class"
    return [*lines, f"  warning: {group.name} {how} and could be read off instead of the disease ({spread})"]
