"""The clinic's own record: people, sessions, weights, results, consents; sealed on its own machine."""
