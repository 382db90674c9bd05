internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func saveScrub(_ progress: ScrubProgress) async throws {
        try await write("noting how far a scrub is", surviving: .processDeath) { db in
            try db.run(
                """
                INSERT INTO scrubs
                    (backend, state, position, total_blobs, total_bytes, checked_blobs, checked_bytes, damaged,
                    repaired, started, updated, finished)
                VALUES
                    (:backend, :state, :position, :total_blobs, :total_bytes, :checked_blobs, :checked_bytes, :damaged,
                    :repaired, :started, :updated, :finished)
                ON CONFLICT (backend) DO UPDATE SET
                    state = excluded.state,
                    position = excluded.position,
                    total_blobs = excluded.total_blobs,
                    total_bytes = excluded.total_bytes,
                    checked_blobs = excluded.checked_blobs,
                    checked_bytes = excluded.checked_bytes,
                    damaged = excluded.damaged,
                    repaired = excluded.repaired,
                    started = excluded.started,
                    updated = excluded.updated,
                    finished = excluded.finished
                """,
                [
                    "backend": progress.backend, "state": progress.state.rawValue,
                    "position": progress.position?.description ?? "",
                    "total_blobs": progress.total.blobs, "total_bytes": progress.total.bytes,
                    "checked_blobs": progress.checked.blobs, "checked_bytes": progress.checked.bytes,
                    "damaged": progress.damaged, "repaired": progress.repaired,
                    "started": progress.started.milliseconds, "updated": progress.updated.milliseconds,
                    "finished": progress.finished?.milliseconds,
                ]
            )
        }
    }

    private static let scrubs = Query(
        """
        SELECT backend, state, position, total_blobs, total_bytes, checked_blobs, checked_bytes, damaged, repaired,
            started, updated, finished
        FROM scrubs ORDER BY backend
        """
    )

    package func scrubs() throws -> [ScrubProgress] {
        try read("reading how far scrubs are") { connection in
            try connection.all(Self.scrubs, [:]) { row in
                guard let state = ScrubProgress.State(rawValue: row.text(1)) else {
                    throw DamagedRow(description: "no state of a scrub: \(row.text(1))")
                }
                var progress = ScrubProgress(
                    backend: row.text(0), total: BlobCount(blobs: Int(row.integer(3)), bytes: row.integer(4)),
                    started: row.timestamp(9))
                progress.state = state
                progress.position = row.text(2).isEmpty ? nil : try row.digest(2)
                progress.checked = BlobCount(blobs: Int(row.integer(5)), bytes: row.integer(6))
                progress.damaged = Int(row.integer(7))
                progress.repaired = Int(row.integer(8))
                progress.updated = row.timestamp(10)
                progress.finished = row.isNull(11) ? nil : row.timestamp(11)
                return progress
            }
        }
    }
}
