"""The downstream side of HTTP: resources, and the two lanes that serve them.

L{ProxySite<quorumha.web.site.ProxySite>} is the fast lane; under
L{twisted.web.server.Site} the same resources work as any resource does.
"""

from quorumha.web.limits import ServerLimits
from quorumha.web.resource import IForwarding, MirrorResource, Plan, ProxyResource, RoutedResource
from quorumha.web.site import ProxySite

__all__ = [
    "IForwarding",
    "MirrorResource",
    "Plan",
    "ProxyResource",
    "ProxySite",
    "RoutedResource",
    "ServerLimits",
]
