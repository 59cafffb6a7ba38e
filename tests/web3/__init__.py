"""web3.py as it is, over real ports of the loopback interface: it wants the extra C{web3}."""
