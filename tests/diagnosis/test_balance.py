"""What classes differ in besides the disease."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import contingency

from mitate.diagnosis.balance import balances, class_counts, cramers_v
from mitate.diagnosis.photographs import LeftOut, Photo


def photos_of(*rows: tuple[str, str, dict[str, str]]) -> list[Photo]:
    return [Photo(Path(f"{i}.png"), who, label, groups) for i, (who, label, groups) in enumerate(rows)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=12, max_size=80))
def test_cramers_v_against_its_definition(pairs: list[tuple[int, int]]) -> None:
    values, labels = (np.unique(column, return_inverse=True)[1] for column in np.array(pairs).T)
    if values.max() == 0 or labels.max() == 0:
        assert cramers_v(values, labels) == 0
        return
    table = contingency.crosstab(values, labels).count
    n, (r, k) = len(pairs), table.shape
    phi2 = contingency.association(table, method="pearson")
    phi2 = phi2**2 / (1 - phi2**2)
    corrected = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
    smaller = min(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1
    expected = min(1.0, (corrected / smaller) ** 0.5) if smaller > 0 else 0.0
    assert cramers_v(values, labels) == pytest.approx(expected, abs=1e-9)


def test_a_group_that_says_the_class_is_strong_and_one_that_does_not_is_none() -> None:
    rng = np.random.default_rng(0)
    rows = [
        (
            f"p{i}",
            "ab"[i % 2],
            {"source": ["north", "south"][i % 2], "sex": str(rng.choice(["F", "M"])), "free": f"text {i}"},
        )
        for i in range(60)
    ]
    source, sex, free = balances(photos_of(*rows))
    assert (source.name, source.strength) == ("source", "strong")
    assert source.cramers_v == pytest.approx(1, abs=0.02)
    assert source.values == {"north": {"a": 30}, "south": {"b": 30}}
    assert {sex.strength, free.strength} == {"none", "unknown"}
    assert source.known == {"a": 1.0, "b": 1.0}


def test_ages_are_compared_in_bands_and_a_person_counts_once() -> None:
    rows = [(f"p{i}", "ab"[i % 2], {"age": str(5 + i % 7 if i % 2 else 30 + i % 9)}) for i in range(40)]
    rows += [("p0", "a", {"age": "7"})] * 50
    (age,) = balances(photos_of(*rows))
    assert age.strength == "strong"
    assert age.values == {"2 to under 13": {"b": 20}, "18 to under 40": {"a": 20}}


def test_other_numbers_are_compared_in_quarters() -> None:
    rows = [(f"p{i}", "ab"[i % 2], {"bmi": f"{20 + i / 4:.2f}"}) for i in range(40)]
    (bmi,) = balances(photos_of(*rows))
    assert [sum(counts.values()) for counts in bmi.values.values()] == [10] * 4
    assert bmi.strength == "none"


def test_too_little_known_is_not_judged() -> None:
    rows = [(f"p{i}", "ab"[i % 2], {"sex": "FM"[i % 2]} if i < 8 else {}) for i in range(40)]
    (sex,) = balances(photos_of(*rows))
    assert (sex.strength, sex.cramers_v, sex.known) == ("unknown", None, {"a": 0.2, "b": 0.2})


def test_nothing_known() -> None:
    assert balances([]) == ()
    assert balances(photos_of(("p", "a", {}))) == ()


def lost(*photos: Photo) -> list[LeftOut]:
    return [LeftOut(photo, "no_face", "no face is seen", "take another") for photo in photos]


def test_a_class_that_loses_more_is_named() -> None:
    photos = photos_of(*((f"p{i // 2}", "ab"[i >= 40], {}) for i in range(80)))
    a, b = class_counts(photos, lost(*photos[:12], photos[50]))
    assert (a.people, a.photos, a.usable_people, a.usable_photos) == (20, 40, 14, 28)
    assert a.left_out == {"no_face": 12}
    assert a.share_left_out == pytest.approx(0.3)
    assert a.loses_more
    assert not b.loses_more
    assert not any(one.loses_more for one in class_counts(photos, lost(*photos[:3], photos[50])))
    assert not any(one.loses_more for one in class_counts(photos, lost(*photos)))
    assert not any(one.loses_more for one in class_counts(photos, []))
