internal import GRDB
package import RegistryCore

extension SQLiteStore {
    private static let ofBlob = Query(
        """
        SELECT l.backend, l.object_key, l.damage IS NOT NULL
        FROM blobs b JOIN blob_locations l ON l.blob_id = b.id
        WHERE b.digest = :digest ORDER BY l.backend
        """
    )

    package func locations(of digest: Digest) throws -> [BlobLocation] {
        try read("looking where a blob is") { connection in
            try connection.all(Self.ofBlob, [":digest": .text(digest.description)]) {
                BlobLocation(backend: $0.text(0), key: ObjectKey($0.text(1)), isDamaged: $0.integer(2) != 0)
            }
        }
    }

    // CROSS JOIN: SQLite keeps to that order, which costs a page what the page has. By the backend's index it would read and sort
    // all that the backend has, for each.
    private static let lacking = Query(
        """
        SELECT b.digest, b.size, s.object_key, s.owned
        FROM blobs b CROSS JOIN blob_locations s
        WHERE s.blob_id = b.id AND s.backend = :source AND b.digest > :after AND s.owned <= :most_owned
            AND NOT EXISTS (
                SELECT 1 FROM blob_locations t
                WHERE t.blob_id = b.id AND t.backend = :target AND t.damage IS NULL
            )
        ORDER BY b.digest LIMIT :limit
        """
    )

    package func blobs(
        on source: String,
        lackingOn target: String,
        onlyAdopted: Bool,
        after: Digest?,
        limit: Int
    ) throws -> [BlobOnBackend] {
        try read("listing what a backend lacks") { connection in
            try connection.all(
                Self.lacking,
                [
                    ":source": .text(source), ":target": .text(target), ":after": .text(after?.description ?? ""),
                    ":most_owned": .integer(onlyAdopted ? 0 : 1), ":limit": .limit(limit),
                ]
            ) { try BlobOnBackend($0) }
        }
    }

    private static let lackingCount = Query(
        """
        SELECT COUNT(*), COALESCE(SUM(b.size), 0)
        FROM blob_locations s JOIN blobs b ON b.id = s.blob_id
        WHERE s.backend = :source AND s.owned <= :most_owned
            AND NOT EXISTS (
                SELECT 1 FROM blob_locations t
                WHERE t.blob_id = b.id AND t.backend = :target AND t.damage IS NULL
            )
        """
    )

    package func countBlobs(on source: String, lackingOn target: String, onlyAdopted: Bool) throws -> BlobCount {
        try read("counting what a backend lacks") { connection in
            try connection.first(
                Self.lackingCount,
                [
                    ":source": .text(source), ":target": .text(target),
                    ":most_owned": .integer(onlyAdopted ? 0 : 1),
                ]
            ) { BlobCount(blobs: Int($0.integer(0)), bytes: $0.integer(1)) } ?? BlobCount()
        }
    }

    private static let onBoth = Query(
        """
        SELECT b.digest, b.size, s.object_key, s.owned, t.object_key
        FROM blobs b CROSS JOIN blob_locations s CROSS JOIN blob_locations t
        WHERE s.blob_id = b.id AND s.backend = :source AND s.owned <= :most_owned
            AND t.blob_id = b.id AND t.backend = :target AND t.damage IS NULL AND b.digest > :after
        ORDER BY b.digest LIMIT :limit
        """
    )

    package func blobs(
        onBoth source: String,
        and target: String,
        onlyAdopted: Bool,
        after: Digest?,
        limit: Int
    ) throws -> [(source: BlobOnBackend, target: ObjectKey)] {
        try read("listing what two backends have") { connection in
            try connection.all(
                Self.onBoth,
                [
                    ":source": .text(source), ":target": .text(target), ":after": .text(after?.description ?? ""),
                    ":most_owned": .integer(onlyAdopted ? 0 : 1), ":limit": .limit(limit),
                ]
            ) { (try BlobOnBackend($0), ObjectKey($0.text(4))) }
        }
    }

    private static let nextBackend = Query(
        "SELECT backend FROM blob_locations WHERE backend > :after ORDER BY backend LIMIT 1"
    )

    package func blobsNeeding(backendsOtherThan known: [String]) async throws -> [String: Int] {
        let strangers = try read("listing the backends that blobs are on") { connection in
            // From one to the next in the index: they are few, and the rows are many.
            var found: [String] = []
            while let next = try connection.first(
                Self.nextBackend, [":after": .text(found.last ?? "")], { $0.text(0) })
            {
                found.append(next)
            }
            return found
        }.filter { !known.contains($0) }
        guard !strangers.isEmpty else { return [:] }
        return try await write("counting what needs a backend") { db in
            var counts: [String: Int] = [:]
            for backend in strangers { counts[backend] = try db.countBlobs(on: backend, andNoneOf: known) }
            return counts
        }
    }

    package func forgetLocation(
        of blob: BlobOnBackend,
        on source: String,
        keeping target: String,
        due: Timestamp
    ) async throws -> Bool {
        try await write("forgetting where a blob was") { db in
            let isForgotten =
                try db.run(
                    """
                    DELETE FROM blob_locations
                    WHERE blob_id = (SELECT id FROM blobs WHERE digest = :digest)
                        AND backend = :source AND object_key = :key
                        AND EXISTS (
                            SELECT 1 FROM blob_locations t
                            WHERE t.blob_id = blob_locations.blob_id AND t.backend = :target AND t.damage IS NULL
                        )
                    """,
                    [
                        "digest": blob.digest.description, "source": source, "key": blob.key.description,
                        "target": target,
                    ]
                ) > 0
            if isForgotten, blob.isOwned { try db.addRemoval(blob.key, on: source, due: due) }
            return isForgotten
        }
    }
}

extension Database {
    /// By a text of its own, as each backend needs a parameter.
    fileprivate func countBlobs(on backend: String, andNoneOf known: [String]) throws -> Int {
        var arguments: StatementArguments = ["backend": backend]
        for (index, name) in known.enumerated() { arguments += ["known\(index)": name] }
        let names = known.indices.map { ":known\($0)" }.joined(separator: ", ")
        return try Int.fetchOne(
            self,
            sql: """
                SELECT COUNT(*) FROM blob_locations l
                WHERE l.backend = :backend AND NOT EXISTS (
                    SELECT 1 FROM blob_locations o WHERE o.blob_id = l.blob_id AND o.backend IN (\(names))
                        AND (o.damage IS NULL OR l.damage IS NOT NULL)
                )
                """,
            arguments: arguments
        ) ?? 0
    }
}

extension BlobOnBackend {
    /// Of the columns digest, size, object_key, owned.
    init(_ row: borrowing Row) throws {
        self.init(
            digest: try row.digest(0), size: row.integer(1), key: ObjectKey(row.text(2)), isOwned: row.integer(3) != 0)
    }
}
