"""``python -m mitate`` does what ``mitate`` does."""

from mitate.cli import main

if __name__ == "__main__":
    main()
