"""Claims: one at a time, fair between people, and nothing written by whoever lost one."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from tests.serve.conftest import add_person

from mitate.record.schema import Job, now
from mitate.serve.jobs import claims
from mitate.serve.service import Service


def _jobs(service: Service, people: dict[str, int]) -> dict[str, str]:
    """Jobs by name, those of one person after those of the other."""
    found, begun = {}, now() - timedelta(minutes=5)
    for name, number in people.items():
        person = add_person(service, name)
        with service.record.database.writing() as session:
            for i in range(number):
                begun += timedelta(seconds=1)
                row = Job(kind="do", subject=f"{name}{i}", person_id=person, created_at=begun)
                session.add(row)
                found[f"{name}{i}"] = name
    return found


def _claim(service: Service, word: str) -> claims.Claim | None:
    with service.record.database.writing() as session:
        return claims.claim(session, word, {"do"})


def test_nobody_waits_for_all_of_another(service: Service) -> None:
    whose = _jobs(service, {"Aiko": 6, "Ben": 2, "Chie": 1})
    order = []
    while (held := _claim(service, "w")) is not None:
        order.append(held.task.subject)
        with service.record.database.writing() as session:
            assert claims.finish(session, held)
    assert len(order) == 9
    assert [whose[name] for name in order[:5]] == ["Aiko", "Ben", "Chie", "Aiko", "Ben"]
    hers = [name for name in order if whose[name] == "Aiko"]
    assert all(a < b for a, b in pairwise(hers))


def test_who_has_most_at_work_waits(service: Service) -> None:
    whose = _jobs(service, {"Aiko": 6, "Ben": 2})
    held = [_claim(service, str(i)) for i in range(4)]
    assert [whose[one.task.subject] for one in held if one] == ["Aiko", "Ben", "Aiko", "Ben"]


def test_only_the_holder_writes(service: Service) -> None:
    _jobs(service, {"Aiko": 1})
    first = _claim(service, "first")
    assert first is not None
    with service.record.database.writing() as session:
        assert claims.hand_back(session, first, killed=True)
    second = _claim(service, "second")
    assert second is not None
    assert second.interrupted == 1
    with service.record.database.writing() as session:
        assert not claims.finish(session, first)
        assert not claims.renew(session, first, "x", 0.5)
        assert not claims.give_up(session, first, "x")
        assert not claims.hand_back(session, first)
        assert claims.finish(session, second)
        assert not claims.finish(session, second)


def test_other_kinds_and_later_times_are_left(service: Service) -> None:
    with service.record.database.writing() as session:
        session.add(Job(kind="other", subject="a"))
        session.add(Job(kind="do", subject="b", lease_until=now() + timedelta(minutes=1)))
    assert _claim(service, "w") is None
    with service.record.database.reading() as session:
        assert claims.claimable(session, {"do"}) == 0
        assert claims.claimable(session, {"other"}) == 1


def test_a_time_from_while_the_clock_was_wrong_holds_nothing_up(service: Service) -> None:
    with service.record.database.writing() as session:
        session.add(Job(kind="do", subject="a", lease_until=now() + timedelta(days=1500)))
        session.add(Job(kind="do", subject="b", lease_until=now() + timedelta(hours=1)))
    held = _claim(service, "w")
    assert held is not None
    assert held.task.subject == "a"
    assert _claim(service, "w") is None
    assert claims.is_over(now() + timedelta(days=1500))
    assert claims.is_over(now() - timedelta(seconds=1))
    assert not claims.is_over(now() + timedelta(seconds=claims.LEASE_S))
