"""Alembic's environment, inside the package so that it is there wherever mitate is installed."""
