"""The REST API, one router a thing."""
