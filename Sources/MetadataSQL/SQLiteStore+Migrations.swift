internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func saveMigration(_ progress: MigrationProgress) async throws {
        try await write("noting how far a migration is", surviving: .processDeath) { db in
            try db.run(
                """
                INSERT INTO migrations
                    (source, target, state, total_blobs, total_bytes, copied_blobs, copied_bytes, failed, started, updated)
                VALUES
                    (:source, :target, :state, :total_blobs, :total_bytes, :copied_blobs, :copied_bytes, :failed,
                    :started, :updated)
                ON CONFLICT (source, target) DO UPDATE SET
                    state = excluded.state,
                    total_blobs = excluded.total_blobs,
                    total_bytes = excluded.total_bytes,
                    copied_blobs = excluded.copied_blobs,
                    copied_bytes = excluded.copied_bytes,
                    failed = excluded.failed,
                    started = excluded.started,
                    updated = excluded.updated
                """,
                [
                    "source": progress.source, "target": progress.target, "state": progress.state.rawValue,
                    "total_blobs": progress.total.blobs, "total_bytes": progress.total.bytes,
                    "copied_blobs": progress.copied.blobs, "copied_bytes": progress.copied.bytes,
                    "failed": progress.failed, "started": progress.started.milliseconds,
                    "updated": progress.updated.milliseconds,
                ]
            )
        }
    }

    private static let progress = Query(
        """
        SELECT source, target, state, total_blobs, total_bytes, copied_blobs, copied_bytes, failed, started, updated
        FROM migrations ORDER BY source, target
        """
    )

    package func migrations() throws -> [MigrationProgress] {
        try read("reading how far migrations are") { connection in
            try connection.all(Self.progress, [:]) { row in
                guard let state = MigrationProgress.State(rawValue: row.text(2)) else {
                    throw DamagedRow(description: "no state of a migration: \(row.text(2))")
                }
                var progress = MigrationProgress(
                    source: row.text(0),
                    target: row.text(1),
                    total: BlobCount(blobs: Int(row.integer(3)), bytes: row.integer(4)),
                    started: row.timestamp(8)
                )
                progress.state = state
                progress.copied = BlobCount(blobs: Int(row.integer(5)), bytes: row.integer(6))
                progress.failed = Int(row.integer(7))
                progress.updated = row.timestamp(9)
                return progress
            }
        }
    }

    package func setServedBackends(_ names: [String]) async throws {
        try await write("noting the server's backends", surviving: .processDeath) { db in
            try db.run(
                """
                INSERT INTO marks (name, value) VALUES ('backends', :names)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """,
                ["names": names.joined(separator: "\n")]
            )
        }
    }

    private static let served = Query("SELECT value FROM marks WHERE name = 'backends'")

    package func servedBackends() throws -> [String]? {
        try read("reading the server's backends") { connection in
            try connection.first(Self.served, [:]) { $0.text(0).split(separator: "\n").map(String.init) }
        }
    }

    private static let uploads = Query("SELECT COUNT(*) FROM upload_sessions WHERE backend = :backend")

    package func countUploads(on backend: String) throws -> Int {
        try read("counting upload sessions") {
            try $0.first(Self.uploads, [":backend": .text(backend)]) { Int($0.integer(0)) } ?? 0
        }
    }
}
