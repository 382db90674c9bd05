internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func beginCopy(_ copy: BlobCopy) async throws {
        try await write("beginning a copy", surviving: .processDeath) { db in
            try db.run(
                """
                INSERT INTO blob_copies (id, backend, digest, object_key, touched)
                VALUES (:id, :backend, :digest, :key, :touched)
                """,
                [
                    "id": copy.id.description, "backend": copy.backend, "digest": copy.digest.description,
                    "key": copy.key.description, "touched": copy.touched.milliseconds,
                ]
            )
        }
    }

    package func touchCopy(_ id: UploadID, at time: Timestamp) async throws -> Bool {
        try await write("prolonging a copy", surviving: .processDeath) { db in
            try db.run(
                "UPDATE blob_copies SET touched = :time WHERE id = :id AND touched > \(takenOver)",
                ["id": id.description, "time": time.milliseconds]
            ) > 0
        }
    }

    package func takeOverCopy(_ copy: BlobCopy) async throws -> Bool {
        try await write("taking over a copy", surviving: .processDeath) { db in
            try db.run(
                "UPDATE blob_copies SET touched = \(takenOver) WHERE id = :id AND touched = :touched",
                ["id": copy.id.description, "touched": copy.touched.milliseconds]
            ) > 0
        }
    }

    private static let copy = Query("SELECT 1 FROM blob_copies WHERE id = :id")

    package func hasCopy(_ id: UploadID) throws -> Bool {
        try read("looking for a copy") {
            try $0.first(Self.copy, [":id": .text(id.description)]) { _ in true } ?? false
        }
    }

    package func commitCopy(_ copy: BlobCopy, at object: StoredObject) async throws -> CopyCommit {
        try await write("committing a copy") { db in
            guard try db.endCopy(copy.id, unlessTakenOver: true),
                let blob = try db.integer(
                    "SELECT id FROM blobs WHERE digest = :digest AND size = :size",
                    ["digest": copy.digest.description, "size": object.size])
            else {
                try db.addRemoval(object.key, on: copy.backend, due: copy.touched)
                return .gone
            }
            if try db.place(object.key, of: blob, on: copy.backend, due: copy.touched) { return .stored }
            try db.addRemoval(object.key, on: copy.backend, due: copy.touched)
            return .existed
        }
    }

    package func endCopy(_ id: UploadID) async throws {
        try await write("ending a copy", surviving: .processDeath) { _ = try $0.endCopy(id) }
    }

    // They are few, so there is no index.
    private static let idle = Query(
        "SELECT id, backend, digest, object_key, touched FROM blob_copies WHERE touched < :time LIMIT :limit"
    )

    package func idleCopies(since time: Timestamp, limit: Int) throws -> [BlobCopy] {
        try read("listing idle copies") { connection in
            try connection.all(Self.idle, [":time": .integer(time.milliseconds), ":limit": .limit(limit)]) { row in
                guard let id = UploadID(row.text(0)) else { throw DamagedRow(description: "no id of a copy") }
                return BlobCopy(
                    id: id, backend: row.text(1), digest: try row.digest(2), key: ObjectKey(row.text(3)),
                    touched: row.timestamp(4))
            }
        }
    }
}

/// The time at which a copy was touched that was taken from whoever made it: it stays idle.
private let takenOver = Int64(-1)

extension Database {
    fileprivate func endCopy(_ id: UploadID, unlessTakenOver: Bool = false) throws -> Bool {
        try run(
            "DELETE FROM blob_copies WHERE id = :id AND touched > :least",
            ["id": id.description, "least": unlessTakenOver ? takenOver : Int64.min]
        ) > 0
    }
}
