/// When the server makes snapshots of its database, and where they go.
package struct BackupRules: Sendable, Hashable {
    /// How often; nil: never.
    package var interval: Duration? = .seconds(24 * 3600)
    /// How many stay in one place; at least 1.
    package var keep = 7
    /// A backend's name, the absolute path of a folder, or `active`.
    package var to = "active"

    package init() {}
}

/// What is known of snapshots while the server runs.
package final class BackupStatus: Sendable {
    private let newest = Mutex<Timestamp?>(nil)

    package init() {}

    /// When the newest snapshot was made; nil: none is known.
    package var lastSuccess: Timestamp? {
        get { newest.withLock { $0 } }
        set { newest.withLock { $0 = newValue } }
    }
}
