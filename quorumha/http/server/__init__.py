"""The downstream side of HTTP: resources, and the two lanes that serve them.

L{ProxySite<quorumha.http.server.site.ProxySite>} is the fast lane; under
L{twisted.web.server.Site} the same resources work as any resource does.
"""

from quorumha.http.server.resource import IForwarding, MirrorResource, Plan, ProxyResource, RoutedResource
from quorumha.http.server.server_limits import ServerLimits
from quorumha.http.server.site import ProxySite

__all__ = [
    "IForwarding",
    "MirrorResource",
    "Plan",
    "ProxyResource",
    "ProxySite",
    "RoutedResource",
    "ServerLimits",
]
