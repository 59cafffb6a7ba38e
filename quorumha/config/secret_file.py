"""Files with a secret, readable by their owner alone.  What is in them is never shown."""

from __future__ import annotations

import os
import re
import stat

from quorumha.config.files import read_regular

#: Where systemd puts credentials, of the system's and of users' services.
_CREDENTIALS = re.compile(r"/run/(user/[0-9]+/)?credentials/")


def read_secret_file(name: str) -> bytes:
    """The bytes of a file that its owner alone may read, or of a credential of systemd.

    @raise ValueError: there is none, or others may know it; the text says why, without name and secret.
    """
    data = read_regular(name)
    mode = os.stat(name).st_mode
    # systemd lets the service's user read a credential by an access list, whose mask shows as the group's.
    others = stat.S_IRWXO if _CREDENTIALS.match(os.path.realpath(name)) else stat.S_IRWXO | stat.S_IRWXG
    if mode & others:
        raise ValueError(f"its mode is {stat.S_IMODE(mode):o}, so others may read it; chmod 600")
    return data
