"""The published protocol as code: who learns, who is tested, by which methods, and what came of it.

Akamatsu and others (IEEE JBHI 2022): pre-training on many patients, transfer to each held-out patient on his
first days, test on his later ones.
"""
