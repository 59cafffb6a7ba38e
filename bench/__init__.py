"""Side by side: nginx, haproxy, twisted.web and quorumha on the same work, on loopback.

Run it by C{python -m bench}; C{bench/README.md} says how to read what it prints.
"""
