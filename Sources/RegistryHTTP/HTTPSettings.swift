package import NIOSSL

/// How the server treats connections. A reload replaces it; connections opened afterwards follow the new one.
package struct HTTPSettings: Sendable {
    /// Connections open at once; one more is closed as soon as it is accepted.
    package var connections = 10_000
    /// From the first byte of a request to the end of its head.
    package var headerTimeout = Duration.seconds(15)
    /// How long a connection may do nothing, between requests and within one.
    package var idleTimeout = Duration.seconds(120)
    /// Proxies whose X-Forwarded-For is believed.
    package var trustedProxies: [AddressBlock] = []
    /// Refuse requests that carry a proxy's headers: nobody configured this server for more than its own machine.
    package var refusesForwarded = false
    /// Scheme and host that clients reach the server by, for Location headers; nil: they are relative.
    package var publicURL: String?
    /// The common name of a client's certificate is the name of a user.
    package var certificatesAreUsers = false
    /// Tells the authorities that vouch for clients from others: whom they vouched for counts as long as they do.
    package var clientAuthorities = ""
    /// nil: plain HTTP.
    package var tls: NIOSSLContext?

    package init() {}
}
