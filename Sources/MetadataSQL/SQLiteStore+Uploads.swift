internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func createUpload(_ session: UploadSession, limit: Int?) async throws -> Bool {
        let arguments = session.asOpened
        return try await write("creating an upload session", surviving: .processDeath) { db in
            if let limit, let owner = session.owner, try db.countUploads(of: owner) >= limit { return false }
            try db.run(
                """
                INSERT INTO upload_sessions
                    (id, repository, owner, backend, algorithm, digest, checkpoint_offset, checkpoint_state, hash_state,
                    fallback_offset, fallback_hash, epoch, created, touched)
                VALUES
                    (:id, :repository, :owner, :backend, :algorithm, :digest, :checkpoint_offset, :checkpoint_state,
                    :hash_state, :fallback_offset, :fallback_hash, :epoch, :created, :touched)
                """,
                arguments
            )
            return true
        }
    }

    /// A session keeps the repository, the owner, the backend and the algorithm that it was opened with.
    package func saveUpload(_ session: UploadSession) async throws -> Bool {
        let arguments = session.asSaved
        return try await write("saving an upload session", surviving: .processDeath) { db in
            try db.run(
                """
                UPDATE upload_sessions SET
                    digest = :digest, checkpoint_offset = :checkpoint_offset, checkpoint_state = :checkpoint_state,
                    hash_state = :hash_state, fallback_offset = :fallback_offset, fallback_hash = :fallback_hash,
                    epoch = epoch + 1, touched = :touched
                WHERE id = :id AND epoch = :epoch
                """,
                arguments
            ) > 0
        }
    }

    package func endUpload(_ session: UploadSession) async throws -> Bool {
        try await write("ending an upload session", surviving: .processDeath) { try $0.end(session) }
    }

    private static let byID = Query("SELECT \(columns) FROM upload_sessions WHERE id = :id")

    package func upload(_ id: UploadID) throws -> UploadSession? {
        try read("reading an upload session") { connection in
            try connection.first(Self.byID, [":id": .text(id.description)]) { try UploadSession($0) }
        }
    }

    // Reads all sessions, once, which live for minutes after their last request: an index over when that was would change with
    // each request.
    private static let idle = Query(
        "SELECT \(columns) FROM upload_sessions WHERE id > :id AND touched < :time ORDER BY id LIMIT :limit"
    )

    package func idleUploads(
        since time: Timestamp,
        after last: UploadSession?,
        limit: Int
    ) throws -> [UploadSession] {
        try read("listing idle upload sessions") { connection in
            try connection.all(
                Self.idle,
                [
                    ":time": .integer(time.milliseconds), ":id": .text(last?.id.description ?? ""),
                    ":limit": .limit(limit),
                ]
            ) {
                try UploadSession($0)
            }
        }
    }

    private static let columns = """
        id, repository, backend, algorithm, digest, checkpoint_offset, checkpoint_state, hash_state, epoch, created, touched,
        fallback_offset, fallback_hash, owner
        """
}

extension Database {
    fileprivate func countUploads(of owner: UserName) throws -> Int64 {
        try integer("SELECT COUNT(*) FROM upload_sessions WHERE owner = :owner", ["owner": owner.description]) ?? 0
    }

    /// False: it is gone, or somebody else changed it.
    func end(_ session: UploadSession) throws -> Bool {
        try run(
            "DELETE FROM upload_sessions WHERE id = :id AND epoch = :epoch",
            ["id": session.id.description, "epoch": session.epoch]
        ) > 0
    }
}

extension UploadSession {
    /// From the columns as ``SQLiteStore`` names them.
    fileprivate init(_ row: borrowing Row) throws {
        guard let id = UploadID(row.text(0)), let algorithm = Digest.Algorithm(rawValue: row.text(3)) else {
            throw DamagedRow(description: "no upload session: \(row.text(0).debugDescription)")
        }
        self.init(
            id: id,
            repository: try row.repositoryName(1),
            owner: row.isNull(13) ? nil : try row.userName(13),
            backend: row.text(2),
            algorithm: algorithm,
            digest: row.isNull(4) ? nil : try row.digest(4),
            checkpoint: row.isNull(5)
                ? nil : UploadCheckpoint(offset: row.integer(5), state: row.bytes(6), fallback: row.integer(11)),
            hashState: row.bytes(7),
            fallbackHash: row.bytes(12),
            epoch: row.integer(8),
            created: row.timestamp(9),
            touched: row.timestamp(10)
        )
    }

    /// What is said of it when it is opened, by the columns' names.
    fileprivate var asOpened: Arguments {
        [
            "id": id.description, "repository": repository.description, "owner": owner?.description,
            "backend": backend, "algorithm": algorithm.rawValue, "digest": digest?.description,
            "checkpoint_offset": checkpoint?.offset, "checkpoint_state": checkpoint?.state,
            "hash_state": hashState, "fallback_offset": checkpoint?.fallback ?? 0,
            "fallback_hash": fallbackHash, "epoch": epoch,
            "created": created.milliseconds, "touched": touched.milliseconds,
        ]
    }

    /// What changes while it is open.
    fileprivate var asSaved: Arguments {
        [
            "digest": digest?.description, "checkpoint_offset": checkpoint?.offset,
            "checkpoint_state": checkpoint?.state, "hash_state": hashState,
            "fallback_offset": checkpoint?.fallback ?? 0, "fallback_hash": fallbackHash,
            "touched": touched.milliseconds, "id": id.description, "epoch": epoch,
        ]
    }
}
