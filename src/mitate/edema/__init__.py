"""Facial oedema: cohorts on disk, one patient's model, and how well it does."""
