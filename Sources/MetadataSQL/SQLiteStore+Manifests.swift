internal import GRDB
internal import NIOCore
package import RegistryCore

extension SQLiteStore {
    private static let byTag = Query(
        """
        SELECT m.digest, m.media_type, m.content, r.visibility
        FROM repositories r
            JOIN tags t ON t.repository_id = r.id
            JOIN manifests m ON m.id = t.manifest_id
        WHERE r.name = :repository AND t.name = :reference
        """
    )
    private static let byDigest = Query(
        """
        SELECT m.digest, m.media_type, m.content, r.visibility
        FROM repositories r JOIN manifests m ON m.repository_id = r.id
        WHERE r.name = :repository AND m.digest = :reference
        """
    )

    /// Of a manifest that is remembered, in bytes.
    private static let mostRemembered = 8 << 10

    package func manifest(_ reference: Reference, in repository: RepositoryName) throws -> ManifestRecord? {
        try recentManifests.row(
            ManifestKey(reference: reference, repository: repository),
            worth: { ($0?.content.readableBytes ?? 0) <= Self.mostRemembered },
            { try readManifest(reference, in: repository) })
    }

    private func readManifest(_ reference: Reference, in repository: RepositoryName) throws -> ManifestRecord? {
        let (query, name) =
            switch reference {
            case .tag(let tag): (Self.byTag, tag.description)
            case .digest(let digest): (Self.byDigest, digest.description)
            }
        return try read("reading a manifest") { connection in
            try connection.first(
                query,
                [":repository": .text(repository.description), ":reference": .text(name)]
            ) { row in
                ManifestRecord(
                    digest: try row.digest(0), mediaType: row.text(1), content: row.buffer(2),
                    visibility: try row.visibility(3))
            }
        }
    }

    private static let exists = Query(
        """
        SELECT 1 FROM repositories r JOIN manifests m ON m.repository_id = r.id
        WHERE r.name = :repository AND m.digest = :digest
        """
    )

    package func hasManifest(_ digest: Digest, in repository: RepositoryName) throws -> Bool {
        try read("looking for a manifest") { connection in
            try connection.first(
                Self.exists,
                [":repository": .text(repository.description), ":digest": .text(digest.description)]
            ) { _ in true } ?? false
        }
    }

    package func putManifest(
        _ manifest: NewManifest,
        as reference: Reference,
        tags: [Tag],
        in repository: RepositoryName,
        allowMissing: Bool,
        expecting precondition: ManifestPrecondition?,
        at time: Timestamp
    ) async throws -> ManifestCommit {
        return try await write("storing a manifest") { db in
            if let precondition {
                let current = try db.manifest(reference, in: repository)
                guard precondition.holds(for: current) else { return .preconditionFailed(current: current) }
            }
            let known = try db.repositoryID(repository)
            if !allowMissing {
                let missing = try db.missing(manifest.references, in: known)
                if !missing.isEmpty { return .missing(missing) }
            }
            if let flaw = try db.nestingFlaw(of: manifest, in: repository) { return .tooNested(flaw) }
            let repositoryID = try known ?? db.makeRepository(repository, at: time)
            let id = try db.insert(manifest, into: repositoryID, at: time)
            try db.replaceReferences(of: manifest, id, in: repositoryID)
            if tags.isEmpty { try db.suspect(manifest: id) }
            for tag in tags { try db.point(tag, at: id, in: repositoryID, time) }
            return .stored
        }
    }

    package func deleteManifest(_ digest: Digest, in repository: RepositoryName) async throws -> Bool {
        try await write("deleting a manifest") { db in
            guard
                let id = try db.integer(
                    """
                    SELECT m.id FROM repositories r JOIN manifests m ON m.repository_id = r.id
                    WHERE r.name = :repository AND m.digest = :digest
                    """,
                    ["repository": repository.description, "digest": digest.description]
                )
            else { return false }
            try db.delete(manifest: id)
            return true
        }
    }
}

extension Database {
    /// The digest of the manifest that a reference names; nil: it names none.
    fileprivate func manifest(_ reference: Reference, in repository: RepositoryName) throws -> Digest? {
        let sql =
            switch reference {
            case .tag:
                """
                SELECT m.digest
                FROM repositories r
                    JOIN tags t ON t.repository_id = r.id
                    JOIN manifests m ON m.id = t.manifest_id
                WHERE r.name = :repository AND t.name = :reference
                """
            case .digest:
                """
                SELECT m.digest FROM repositories r JOIN manifests m ON m.repository_id = r.id
                WHERE r.name = :repository AND m.digest = :reference
                """
            }
        return try text(sql, ["repository": repository.description, "reference": reference.description])
            .flatMap { Digest($0) }
    }

    /// The required of `references` that the repository does not have, each once.
    fileprivate func missing(_ references: [ManifestReference], in repositoryID: Int64?) throws -> [Digest] {
        var missing: [Digest] = []
        // A digest may be named as a blob and as a manifest.
        var named: Set<Digest> = []
        for reference in references where reference.required {
            if let repositoryID, try has(reference, in: repositoryID) { continue }
            if named.insert(reference.digest).inserted { missing.append(reference.digest) }
        }
        return missing
    }

    private func has(_ reference: ManifestReference, in repositoryID: Int64) throws -> Bool {
        let sql =
            switch reference.kind {
            case .blob:
                """
                SELECT 1 FROM blobs b JOIN repository_blobs rb ON rb.blob_id = b.id
                WHERE b.digest = :digest AND rb.repository_id = :repository
                """
            case .manifest, .subject:
                "SELECT 1 FROM manifests WHERE digest = :digest AND repository_id = :repository"
            }
        return try integer(sql, ["digest": reference.digest.description, "repository": repositoryID]) != nil
    }

    /// One that is there already keeps its content, which by its digest is the same.
    fileprivate func insert(
        _ manifest: NewManifest,
        into repositoryID: Int64,
        at time: Timestamp
    ) throws -> Int64 {
        try id(
            """
            INSERT INTO manifests
                (repository_id, digest, media_type, size, artifact_type, created, annotations, content)
            VALUES (:repository, :digest, :media_type, :size, :artifact_type, :time, :annotations, :content)
            ON CONFLICT (repository_id, digest) DO UPDATE SET
                media_type = excluded.media_type,
                artifact_type = excluded.artifact_type,
                annotations = excluded.annotations
            RETURNING id
            """,
            [
                "repository": repositoryID, "digest": manifest.digest.description, "media_type": manifest.mediaType,
                "size": manifest.content.readableBytes, "artifact_type": manifest.artifactType,
                "time": time.milliseconds,
                "annotations": manifest.annotations, "content": manifest.content,
            ]
        )
    }

    fileprivate func replaceReferences(of manifest: NewManifest, _ id: Int64, in repositoryID: Int64) throws {
        let before = try texts("DELETE FROM manifest_references WHERE manifest_id = :id RETURNING digest", ["id": id])
        // Pushed again as another type it may say less than before.
        if !before.isEmpty {
            let kept = Set(manifest.references.map(\.digest.description))
            for digest in Set(before).subtracting(kept) { try suspect(digest, in: repositoryID) }
        }
        for reference in manifest.references {
            try run(
                """
                INSERT INTO manifest_references (manifest_id, kind, digest, repository_id, manifest_digest)
                VALUES (:id, :kind, :digest, :repository, :manifest)
                """,
                [
                    "id": id, "kind": reference.kind.rawValue, "digest": reference.digest.description,
                    "repository": repositoryID, "manifest": manifest.digest.description,
                ]
            )
        }
    }

    fileprivate func point(_ tag: Tag, at manifestID: Int64, in repositoryID: Int64, _ time: Timestamp) throws {
        try suspectManifest(of: tag, in: repositoryID, unless: manifestID)
        try run(
            """
            INSERT INTO tags (repository_id, name, manifest_id, updated) VALUES (:repository, :tag, :manifest, :time)
            ON CONFLICT (repository_id, name) DO UPDATE SET
                manifest_id = excluded.manifest_id,
                updated = excluded.updated
            """,
            [
                "repository": repositoryID, "tag": tag.description, "manifest": manifestID, "time": time.milliseconds,
            ]
        )
    }
}
