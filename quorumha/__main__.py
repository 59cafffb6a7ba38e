"""C{python -m quorumha}: the C{quorumha} command."""

from quorumha.ctl.main import main

if __name__ == "__main__":
    main()
