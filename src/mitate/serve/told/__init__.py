"""Results in plain words, in English and Japanese."""
