import RegistryCore

/// When the next snapshot is due.
struct BackupSchedule: Sendable, Hashable {
    /// Since when somebody looks after snapshots of the database: the first one is due an interval later.
    var since: Timestamp
    /// When the newest one was made.
    var newest: Timestamp?

    /// The longest pause after a failure.
    static let retry = Duration.seconds(3600)

    func isDue(at time: Timestamp, every interval: Duration) -> Bool {
        time >= (newest ?? since) + interval
    }

    /// Whether it is too early to try again what failed. A clock that was set back does not make that longer.
    static func isPausing(since failure: Timestamp?, at time: Timestamp, every interval: Duration) -> Bool {
        guard let failure, failure <= time else { return false }
        return time < failure + min(interval, retry)
    }
}
