"""What a reader must know before any number: leaks, few people, photos left out, groups that fare worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mitate.diagnosis.groups import Group
from mitate.diagnosis.leaks import Leak, Leaks
from mitate.diagnosis.photographs import LeftOut, Photo
from mitate.diagnosis.report_numbers import percent, span
from mitate.paper.parts import card, counted, details, paragraph, table

__all__ = ["LEAK_TITLES", "people_of", "warning_cards"]

_FEW, _VERY_FEW = 20, 10  # people of a class
_MUCH_LEFT_OUT = 0.2
LEAK_TITLES = {
    "background": "the background alone tells the classes apart",
    "thumbnail": "sixteen by sixteen pixels tell the classes apart",
    "file": "the files' format and size tell the classes apart",
}


def warning_cards(
    leaks: Leaks | None,
    photos: Sequence[Photo],
    left_out: Sequence[LeftOut],
    groups: Sequence[Group],
    notes: Sequence[str],
) -> list[str]:
    """Boxes (markup), the worst first."""
    cards = _leak_cards(leaks)
    cards += _people_cards(photos, left_out)
    worse = [(group, row) for group in groups for row in group.rows if row.worse]
    for group, row in worse:
        words = f"{percent(row.accuracy)} of {counted(row.persons, 'person', 'people')} were told right"
        title = f"It works worse for: {group.name.replace('_', ' ')} {row.value}"
        cards.append(_card("care", title, f"{words}; see “For whom it works worse”."))
    if all(group.note for group in groups):  # none, or only what was measured from the photos
        words = "Nothing is known of age, sex, skin tone or source, so nobody can see for whom it fails."
        cards.append(_card("care", "No groups were given", words, "Add such columns to the table of photos."))
    cards += [_card("care", "Note", note) for note in notes]
    return sorted(cards, key=lambda one: ("alarm" not in one[:30], "care" not in one[:30]))


def _card(kind: str, title: str, *words: str) -> str:
    """A box of plain sentences."""
    return card(kind, title, *map(paragraph, words))


def _leak_cards(leaks: Leaks | None) -> list[str]:
    if leaks is None or not leaks.leaks:
        words = "Whether background, size or format of the photos give the classes away is not known."
        return [_card("alarm", "Leaks of photo style were not looked for", words)]
    cards = []
    for leak in leaks.leaks:
        if leak.level == "certain":
            cards.append(_card("alarm", f"Leak: {LEAK_TITLES[leak.name]}", *_told(leak)))
        elif leak.level == "suspected":
            cards.append(_card("care", f"Suspected leak: {LEAK_TITLES[leak.name]}", *_told(leak)))
    if not cards:
        words = " ".join(leak.what_it_means for leak in leaks.leaks)
        title = "No leak of photo style was found"
        proof = "That is no proof that there is none: only photos of another source are."
        cards.append(_card("fine", title, words, proof))
    tested = [
        [
            leak.name.replace("thumbnail", "16 × 16 pixels"),
            percent(leak.accuracy) + f" ({span(leak.low, leak.high)})",
            percent(leak.chance),
            _probability(leak.p_value).removeprefix("=\u00a0"),
        ]
        for leak in leaks.leaks
    ]
    heads = ["Seen", "Reaches", "Guessing", "Chance alone, p"]
    cards.append(details("The tests for leaks", table("Balanced over classes", heads, tested)))
    return cards


def _probability(p_value: float) -> str:
    return "<\u00a00.001" if p_value < 0.001 else f"=\u00a0{p_value:.3f}"


def _told(leak: Leak) -> tuple[str, str, str]:
    numbers = (
        f"It reaches {percent(leak.accuracy)} ({100 * leak.low:.0f} to {100 * leak.high:.0f}) where guessing "
        f"reaches {percent(leak.chance)} (balanced over classes; p\u00a0{_probability(leak.p_value)})."
    )
    return leak.what_it_means, numbers, f"What to do: {leak.todo}." if leak.todo else ""


def _people_cards(photos: Sequence[Photo], left_out: Sequence[LeftOut]) -> list[str]:
    cards = []
    people = people_of(photos)
    few = {label: count for label, count in people.items() if count < _FEW}
    if few:
        level = "alarm" if min(few.values()) < _VERY_FEW else "care"
        names = ", ".join(f"{label} ({count})" for label, count in few.items())
        words = f"Classes with fewer than {_FEW} people: {names}. What is said of them may be far off."
        cards.append(_card(level, "Few people", words))
    handed_in = Counter(photo.label for photo in photos)
    handed_in.update(one.photo.label for one in left_out)
    lost = Counter(one.photo.label for one in left_out)
    much = [label for label, count in lost.items() if count > _MUCH_LEFT_OUT * handed_in[label]]
    if much:
        shares = ", ".join(f"{label} {percent(lost[label] / handed_in[label])}" for label in sorted(much))
        words = f"Of these classes many photos could not be used: {shares}."
        easy = "Those that are left may be the easy ones."
        cards.append(_card("care", "Many photos were left out", words, easy))
    without = sum(not photo.consent for photo in photos)
    if without:
        words = f"{counted(without, 'photo')} of {len(photos)} come without a word on consent."
        cards.append(_card("care", "Consent is not recorded", words))
    return cards


def people_of(photos: Sequence[Photo]) -> dict[str, int]:
    """How many people each class has, by its name."""
    return {
        label: len({photo.person for photo in photos if photo.label == label})
        for label in sorted({photo.label for photo in photos})
    }
