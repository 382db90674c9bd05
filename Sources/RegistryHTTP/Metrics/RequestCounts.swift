internal import RegistryCore
internal import Synchronization

/// How many requests were answered, by what they were and what they got, and what they came to.
package final class RequestCounts: Sendable {
    struct Key: Hashable {
        /// The name of a route, which are few.
        var route: String
        /// One of ``methods``, or `other`: what clients make up must not become a counter each.
        var method: String
        var status: Int
    }

    struct Counts {
        var requests: Int64 = 0
        /// Body bytes.
        var received: Int64 = 0
        var sent: Int64 = 0
        var duration = Duration.zero

        static func += (a: inout Counts, b: Counts) {
            a.requests += b.requests
            a.received += b.received
            a.sent += b.sent
            a.duration += b.duration
        }
    }

    static let methods = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]

    private let counts = Mutex<[Key: Counts]>([:])

    package init() {}

    /// Called on network event loops: one lock, held for one look-up.
    func count(_ entry: AccessEntry) {
        let method = Self.methods.contains(entry.method) ? entry.method : "other"
        let key = Key(route: entry.route, method: method, status: entry.status)
        let one = Counts(requests: 1, received: entry.received, sent: entry.sent, duration: entry.duration)
        counts.withLock { $0[key, default: Counts()] += one }
    }

    var all: [Key: Counts] { counts.withLock { $0 } }
}

/// Counts each request on its way to the log.
package struct CountingAccessLog<Next: AccessLog>: AccessLog {
    let counts: RequestCounts
    let next: Next

    package init(_ counts: RequestCounts, before next: Next) {
        self.counts = counts
        self.next = next
    }

    package func record(_ entry: AccessEntry) {
        counts.count(entry)
        next.record(entry)
    }
}
