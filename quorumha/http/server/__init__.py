"""The downstream side of HTTP: resources, and the two lanes that serve them.

L{ProxySite<quorumha.http.server.site.ProxySite>} is the fast lane; under
L{twisted.web.server.Site} the same resources work as any resource does.
"""
