internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func commitBlob(
        _ digest: Digest,
        at object: StoredObject?,
        on backend: String,
        closing session: UploadSession,
        at time: Timestamp
    ) async throws -> BlobCommit {
        try await write("committing a blob") { db in
            switch (try db.storedBlob(digest), object) {
            case (nil, nil):
                return try db.isCurrent(session) ? .missing : .conflict
            case (let id?, _):
                guard try db.end(session) else { return .conflict }
                _ = try db.touch(blob: id, at: time)
                try db.link(blob: id, to: session.repository, at: time)
                return .existed
            case (nil, let object?):
                guard try db.end(session) else { return .conflict }
                let id = try db.insertBlob(digest, at: object, on: backend, time)
                try db.link(blob: id, to: session.repository, at: time)
                return .stored
            }
        }
    }
}

extension Database {
    /// The id of a blob whose bytes are somewhere, as far as anybody knows undamaged.
    func storedBlob(_ digest: Digest) throws -> Int64? {
        try integer(
            """
            SELECT b.id FROM blobs b
            WHERE b.digest = :digest
                AND EXISTS (SELECT 1 FROM blob_locations l WHERE l.blob_id = b.id AND l.damage IS NULL)
            """,
            ["digest": digest.description]
        )
    }

    fileprivate func isCurrent(_ session: UploadSession) throws -> Bool {
        try integer(
            "SELECT 1 FROM upload_sessions WHERE id = :id AND epoch = :epoch",
            ["id": session.id.description, "epoch": session.epoch]
        ) != nil
    }

    /// The blob may be known already, by a row that has lost its last location, or has damaged ones alone: one of those on
    /// `backend` is replaced.
    func insertBlob(
        _ digest: Digest,
        at object: StoredObject,
        on backend: String,
        owned: Bool = true,
        _ time: Timestamp
    ) throws -> Int64 {
        let id = try id(
            """
            INSERT INTO blobs (digest, size, created, touched) VALUES (:digest, :size, :time, :time)
            ON CONFLICT (digest) DO UPDATE SET size = excluded.size, touched = excluded.touched
            RETURNING id
            """,
            ["digest": digest.description, "size": object.size, "time": time.milliseconds]
        )
        _ = try place(object.key, owned: owned, of: id, on: backend, due: time)
        // As long as no manifest came.
        try suspect(blob: id)
        return id
    }
}
