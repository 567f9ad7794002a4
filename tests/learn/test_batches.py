from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mitate.errors import InputError

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from mitate.learn.batches import Batch, TrainingSet, augment, batches  # noqa: E402


def _same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in Batch.__slots__)


def test_split_separates_people(training_set: TrainingSet) -> None:
    train, held = training_set.split(0.25, 1)
    assert held.people == 3
    assert train.people == 9
    assert not set(train.person) & set(held.person)
    assert len(train.crops) + len(held.crops) == len(training_set.crops)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_split_leaves_neither_side_empty(training_set: TrainingSet, share: float) -> None:
    train, held = training_set.split(share, 1)
    assert min(train.people, held.people) == 1


def test_one_person_cannot_be_split(training_set: TrainingSet) -> None:
    _, one = training_set.split(0.0, 1)
    with pytest.raises(InputError, match="two people"):
        one.split(0.5, 0)


def test_every_person_is_drawn_once_in_an_epoch(training_set: TrainingSet) -> None:
    drawn = list(batches(training_set, people=5, sessions=3, seed=1, epoch=0))
    assert [len(np.unique(b.person)) for b in drawn] == [5, 5, 2]
    assert [len(b.person) for b in drawn] == [15, 15, 6]
    for batch in drawn:
        assert batch.images.shape == (len(batch.person), 3, 16, 16)
        assert batch.images.dtype == torch.float32
        for who in np.unique(batch.person):
            kilograms = batch.excess[batch.person == who]
            assert len(np.unique(kilograms)) == 3  # three different sessions


def test_a_person_left_alone_is_passed_over(training_set: TrainingSet) -> None:
    drawn = list(batches(training_set, people=11, sessions=2, seed=1, epoch=0))
    assert [len(np.unique(b.person)) for b in drawn] == [11]


def test_order_depends_on_seed_and_epoch_only(training_set: TrainingSet) -> None:
    def first(seed: int, epoch: int) -> Batch:
        return next(batches(training_set, 4, 2, seed, epoch))

    assert _same(first(1, 0), first(1, 0))
    assert not _same(first(1, 0), first(1, 1))
    assert not _same(first(1, 0), first(2, 0))


def test_skipping_gives_the_rest_of_the_same_epoch(training_set: TrainingSet) -> None:
    whole = list(batches(training_set, 4, 2, 1, 3))
    rest = list(batches(training_set, 4, 2, 1, 3, skip=1))
    assert len(rest) == len(whole) - 1
    assert all(_same(a, b) for a, b in zip(whole[1:], rest, strict=True))


def test_others_are_other_frames_of_the_same_session(training_set: TrainingSet) -> None:
    batch = next(batches(training_set, 4, 4, 1, 0))
    apart = (batch.images - batch.others).abs().mean(dim=(1, 2, 3))
    assert (apart > 0.5).all()
    assert (apart < 15).all()  # the noise of the fixture, not another face


def test_augmentation_keeps_a_person_together_and_is_small(training_set: TrainingSet) -> None:
    batch = next(batches(training_set, 6, 4, 1, 0))
    changed = augment(batch.images, batch.person, torch.Generator().manual_seed(4))
    direct = (changed - batch.images).abs().mean(dim=(1, 2, 3))
    mirrored = (changed - batch.images.flip(3)).abs().mean(dim=(1, 2, 3))
    flipped = mirrored < direct
    for who in np.unique(batch.person):
        assert len(np.unique(flipped[batch.person == who])) == 1
    assert flipped.any()
    assert not flipped.all()
    assert (torch.minimum(direct, mirrored) < 40).all()
    again = augment(batch.images, batch.person, torch.Generator().manual_seed(4))
    assert torch.equal(changed, again)


def test_labels_that_do_not_fit_are_refused(training_set: TrainingSet) -> None:
    with pytest.raises(InputError, match="equally many"):
        replace(training_set, person=training_set.person[:-1])
    unknown = training_set.excess_kg.copy()
    unknown[0] = np.nan
    with pytest.raises(InputError, match="known weight"):
        replace(training_set, excess_kg=unknown)


def test_two_sets_join_as_so_many_more_people(training_set: TrainingSet) -> None:
    both = training_set.and_also(training_set)
    assert both.people == 2 * training_set.people
    assert len(np.unique(both.session)) == 2 * len(np.unique(training_set.session))
    owners = {(int(s), int(p)) for s, p in zip(both.session, both.person, strict=True)}
    assert len(owners) == len(np.unique(both.session))
    assert both.trained_on == training_set.trained_on
    half = replace(training_set, crops=training_set.crops[:, ::2, ::2])
    with pytest.raises(InputError, match="cannot join"):
        training_set.and_also(half)
