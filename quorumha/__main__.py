"""C{python -m quorumha}: the C{quorumha} command."""

from quorumha.cli import main

if __name__ == "__main__":
    main()
