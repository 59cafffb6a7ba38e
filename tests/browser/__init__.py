"""The page of the admin in a real browser: it wants the extra C{browser}, and Debian's chromium."""
