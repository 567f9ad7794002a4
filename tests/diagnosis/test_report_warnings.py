"""What a reader must know first stands first."""

from __future__ import annotations

from pathlib import Path

from mitate.diagnosis.groups import MEASURED_TONE, Group
from mitate.diagnosis.leaks import Leak, Leaks
from mitate.diagnosis.photographs import LeftOut, Photo
from mitate.diagnosis.report_warnings import people_of, warning_cards


def photos(people: int, label: str = "a", shots: int = 1) -> tuple[Photo, ...]:
    return tuple(
        Photo(Path(f"{label}{number}.jpg"), f"{label}{number // shots}", label, consent="written")
        for number in range(people * shots)
    )


def lost(count: int, label: str = "a") -> tuple[LeftOut, ...]:
    return tuple(LeftOut(photo, "blurred", "it is blurred", "hold still") for photo in photos(count, label))


def test_people_are_counted_once() -> None:
    assert people_of((*photos(3, "b", shots=2), *photos(2))) == {"a": 2, "b": 3}


def test_a_class_that_loses_many_photos_is_named() -> None:
    cards = "".join(warning_cards(None, (*photos(30), *photos(30, "b")), lost(10), (), ()))
    assert "a 25\u202f%" in cards
    assert "b " not in cards.split("could not be used:")[1].split("</p>")[0]


def test_the_worst_comes_first_and_details_last() -> None:
    leak = Leak("file", "suspected", 0.4, 0.3, 0.5, 0.2, 0.02, "The files may tell.", "save all alike")
    cards = warning_cards(Leaks((leak,), None), photos(5), (), (), ("a note",))
    assert 'class="card alarm"' in cards[0]
    assert "Few people" in cards[0]
    assert cards[-1].startswith("<details>")
    assert all('class="card care"' in card for card in cards[1:-1])


def test_what_was_only_measured_is_not_given() -> None:
    measured = Group("skin tone", (), 0, MEASURED_TONE)
    given = Group("sex", (), 0)
    for groups, warned in (((), True), ((measured,), True), ((measured, given), False)):
        cards = "".join(warning_cards(None, photos(30), (), groups, ()))
        assert ("No groups were given" in cards) == warned
