internal import GRDB
package import RegistryCore

extension SQLiteStore {
    package func adoptBlobs(
        _ blobs: [AdoptedBlob],
        on backend: String,
        into repository: RepositoryName,
        owning: Bool,
        at time: Timestamp
    ) async throws -> Int {
        try await write("adopting blobs") { db in
            var count = 0
            for blob in blobs {
                let (id, isNew) = try db.adopt(blob, on: backend, owning: owning, time)
                if isNew { count += 1 }
                try db.link(blob: id, to: repository, at: time)
            }
            return count
        }
    }

    package func adoptRepository(_ name: RepositoryName, at time: Timestamp) async throws {
        try await write("adopting a repository") { _ = try $0.makeRepository(name, at: time) }
    }

    private static let tagged = Query(
        """
        SELECT m.digest
        FROM repositories r
            JOIN tags t ON t.repository_id = r.id
            JOIN manifests m ON m.id = t.manifest_id
        WHERE r.name = :repository AND t.name = :tag
        """
    )

    package func tagged(_ tag: Tag, in repository: RepositoryName) throws -> Digest? {
        try read("reading a tag") { connection in
            try connection.first(
                Self.tagged, [":repository": .text(repository.description), ":tag": .text(tag.description)]
            ) { try $0.digest(0) }
        }
    }
}

extension Database {
    /// The id of the blob, and whether it was not stored before.
    fileprivate func adopt(
        _ blob: AdoptedBlob,
        on backend: String,
        owning: Bool,
        _ time: Timestamp
    ) throws -> (Int64, Bool) {
        if let id = try storedBlob(blob.digest) {
            _ = try touch(blob: id, at: time)
            if owning {
                try run(
                    "UPDATE blob_locations SET owned = 1 WHERE blob_id = :blob AND backend = :backend AND object_key = :key",
                    ["blob": id, "backend": backend, "key": blob.object.key.description]
                )
            }
            return (id, false)
        }
        return (try insertBlob(blob.digest, at: blob.object, on: backend, owned: owning, time), true)
    }
}
