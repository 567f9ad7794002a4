"""Measurements against the goals and the peers. They write docs/benchmarks/ROOM.json; no test is timed."""
