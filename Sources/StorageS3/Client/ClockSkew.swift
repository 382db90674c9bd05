import RegistryCore
import Synchronization

/// How far the server's clock is ahead of ours, once it has refused a request for that. Milliseconds.
final class ClockSkew: Sendable {
    /// S3 takes 15 minutes either way. Servers that only say “access denied” mean the clock when it is off by this
    /// much.
    private static let suspicious: Int64 = 5 * 60_000

    private let offset = Atomic<Int64>(0)

    var current: Int64 { offset.load(ordering: .relaxed) }

    /// A request signed at `signed`, which `used` is part of, was refused by a server whose clock shows `server`.
    ///
    /// - Returns: by how much it was off, if that may be the reason; and whether nobody else has corrected that yet.
    func correct(_ signed: Timestamp, using used: Int64, to server: Timestamp) -> (distance: Int64, isNews: Bool)? {
        let distance = server.milliseconds - signed.milliseconds
        guard abs(distance) > Self.suspicious else { return nil }
        let result = offset.compareExchange(expected: used, desired: used + distance, ordering: .relaxed)
        return (used + distance, result.exchanged)
    }
}
