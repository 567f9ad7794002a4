"""What jobs do: films read in a process of their own, results taken to the record."""
