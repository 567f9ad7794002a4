"""The pages, one router for each kind of visitor."""
