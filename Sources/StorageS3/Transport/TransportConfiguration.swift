import Glibc

/// How the transport connects, and how much it holds.
struct TransportConfiguration: Sendable {
    /// For the name lookup, the connection and TLS together.
    var connectTimeout: Duration = .seconds(10)
    /// Connections to one host, scheme and port; what is asked beyond them waits its turn, within its deadline.
    var connectionsPerHost = 128
    /// A connection that has been idle for longer is not used again. S3 servers close theirs after a minute or so.
    var idleConnectionLifetime: Duration = .seconds(50)
    /// PEM certificates to trust instead of the system's.
    var caFile: String?
    /// nil: no proxy. The environment's `http_proxy` and its kin are ignored: a registry's storage is told about in its
    /// configuration, not in whatever shell started it.
    var proxy: String?
    /// Sent as User-Agent where a request has none of its own; nil: none is sent.
    var userAgent: String?
    /// All header lines of a response together, in bytes.
    var largestHead = 64 << 10
    /// What is read from a socket at once, in bytes.
    var receiveSize = 256 << 10
    /// The largest buffer that a body is handed out in, in bytes.
    var chunkSize = 256 << 10
    /// What is handed to a socket at once, in bytes. More than this has left the core's cache again by the time it is sent.
    var sendSize = 256 << 10
    /// Bytes of a response that wait for their reader before the socket is left alone; one read may come on top of it.
    var highWater = 512 << 10
    /// I/O threads, each with connections of its own.
    var threads = TransportConfiguration.usualThreads

    /// Transfers cost little but TLS's cpu, so half as many threads as there are cores do, and no more than four.
    static let usualThreads = max(1, min(4, sysconf(CInt(_SC_NPROCESSORS_ONLN)) / 2))
}
