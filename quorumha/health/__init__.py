"""Active checks: each member is probed now and then, and who is not healthy is down until it recovers."""
