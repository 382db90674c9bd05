internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func noteUntagged(at time: Timestamp, limit: Int) async throws -> Int {
        try await write("noting untagged manifests", surviving: .processDeath) { db in
            // Those that something else than a tag keeps are noted too: when that goes, it is known since when they have no tag.
            let found = try GRDB.Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT u.manifest_id, EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = u.manifest_id)
                        FROM untagged_manifests u WHERE u.since = 0
                        ORDER BY u.manifest_id LIMIT :limit
                        """),
                arguments: ["limit": limit]
            )
            for row in found {
                let id: Int64 = row[0]
                if row[1] as Bool {
                    try db.forgetUntagged(id)
                } else {
                    try db.run(
                        "UPDATE untagged_manifests SET since = :time WHERE manifest_id = :id",
                        ["id": id, "time": time.milliseconds]
                    )
                }
            }
            return found.count
        }
    }

    package func collectManifests(untaggedBefore time: Timestamp, limit: Int) async throws -> Looked<GarbageManifest> {
        try await write("collecting untagged manifests") { db in
            var looked = Looked<GarbageManifest>()
            // One at a time: what goes may leave others without anybody who needs them.
            while looked.count < limit,
                let candidate = try db.firstUntagged(before: time)
            {
                looked.count += 1
                if candidate.isNeeded {
                    try db.forgetUntagged(candidate.id)
                } else {
                    try db.delete(manifest: candidate.id, untaggedSince: candidate.manifest.since.milliseconds)
                    looked.removed.append(candidate.manifest)
                }
            }
            return looked
        }
    }

    private static let untagged = Query(
        """
        SELECT r.name, m.digest, u.since, m.id
        FROM untagged_manifests u
            JOIN manifests m ON m.id = u.manifest_id
            JOIN repositories r ON r.id = m.repository_id
        WHERE u.since > 0 AND u.since < :time AND (u.since, u.manifest_id) > (:since, :id)
            AND NOT \(Schema.isManifestNeeded)
        ORDER BY u.since, u.manifest_id LIMIT :limit
        """
    )

    package func garbageManifests(
        untaggedBefore time: Timestamp,
        after place: GarbagePlace?,
        limit: Int
    ) throws -> [(manifest: GarbageManifest, place: GarbagePlace)] {
        try read("looking for untagged manifests") { connection in
            try connection.all(
                Self.untagged,
                [
                    ":time": .integer(time.milliseconds), ":since": .integer(place?.since ?? 0),
                    ":id": .integer(place?.id ?? 0), ":limit": .limit(limit),
                ]
            ) { row in
                (
                    GarbageManifest(
                        repository: try row.repositoryName(0), digest: try row.digest(1), since: row.timestamp(2)),
                    GarbagePlace(since: row.integer(2), id: row.integer(3))
                )
            }
        }
    }
}

extension Database {
    fileprivate typealias Untagged = (id: Int64, manifest: GarbageManifest, isNeeded: Bool)

    /// Of those that were noted, the one that was first.
    fileprivate func firstUntagged(before time: Timestamp) throws -> Untagged? {
        let row = try GRDB.Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT m.id, r.name, m.digest, u.since, CASE WHEN \(Schema.isManifestNeeded) THEN 1 ELSE 0 END
                    FROM untagged_manifests u
                        JOIN manifests m ON m.id = u.manifest_id
                        JOIN repositories r ON r.id = m.repository_id
                    WHERE u.since > 0 AND u.since < :time
                    ORDER BY u.since, u.manifest_id LIMIT 1
                    """),
            arguments: ["time": time.milliseconds]
        )
        guard let row else { return nil }
        guard let name = RepositoryName(row[1] as String), let digest = Digest(row[2] as String) else {
            throw DamagedRow(description: "no manifest: \(row)")
        }
        let manifest = GarbageManifest(repository: name, digest: digest, since: Timestamp(milliseconds: row[3]))
        return (row[0], manifest, row[4] == 1)
    }

    fileprivate func forgetUntagged(_ id: Int64) throws {
        try run("DELETE FROM untagged_manifests WHERE manifest_id = :id", ["id": id])
    }
}
