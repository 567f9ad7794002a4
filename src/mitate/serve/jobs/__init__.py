"""Jobs: handed in with what they belong to, done once, whatever is killed meanwhile."""
