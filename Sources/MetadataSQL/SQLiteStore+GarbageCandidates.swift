internal import GRDB
internal import RegistryCore

// Whatever may leave a blob or a manifest without anybody who needs it says so here, in its own transaction.
extension Database {
    /// The blob may be garbage, once the grace has passed since it was touched.
    func suspect(blob id: Int64) throws {
        try run(
            """
            INSERT INTO garbage_candidates (blob_id, since)
            SELECT id, touched FROM blobs WHERE id = :id
            ON CONFLICT (blob_id) DO NOTHING
            """,
            ["id": id]
        )
    }

    /// All blobs that a repository has.
    func suspectBlobs(ofRepository id: Int64) throws {
        try run(
            """
            INSERT INTO garbage_candidates (blob_id, since)
            SELECT b.id, b.touched FROM repository_blobs rb JOIN blobs b ON b.id = rb.blob_id
            WHERE rb.repository_id = :repository
            ON CONFLICT (blob_id) DO NOTHING
            """,
            ["repository": id]
        )
    }

    /// Whatever has this digest: a manifest of the repository does not name it any more.
    func suspect(_ digest: String, in repositoryID: Int64) throws {
        if let id = try integer("SELECT id FROM blobs WHERE digest = :digest", ["digest": digest]) {
            try suspect(blob: id)
        }
        let manifest = try integer(
            "SELECT id FROM manifests WHERE repository_id = :repository AND digest = :digest",
            ["repository": repositoryID, "digest": digest]
        )
        if let manifest { try suspect(manifest: manifest) }
    }

    /// No tag points at the manifest, from now on.
    func suspect(manifest id: Int64) throws {
        try run(
            """
            INSERT INTO untagged_manifests (manifest_id, since) VALUES (:id, 0)
            ON CONFLICT (manifest_id) DO UPDATE SET since = 0
            """,
            ["id": id]
        )
    }

    /// The tag, if there is such a one, is about to point at another manifest, or at none.
    func suspectManifest(of tag: Tag, in repositoryID: Int64, unless manifestID: Int64 = 0) throws {
        try run(
            """
            INSERT INTO untagged_manifests (manifest_id, since)
            SELECT manifest_id, 0 FROM tags
            WHERE repository_id = :repository AND name = :tag AND manifest_id <> :manifest
            ON CONFLICT (manifest_id) DO UPDATE SET since = 0
            """,
            ["repository": repositoryID, "tag": tag.description, "manifest": manifestID]
        )
    }

    /// Deletes a manifest with its tags and references. What it needed, and what was about it, may be garbage now.
    ///
    /// - Parameter since: since when those have not been needed, as far as it is up to this manifest; 0: from now on.
    func delete(manifest id: Int64, untaggedSince since: Int64 = 0) throws {
        try run(
            """
            INSERT INTO garbage_candidates (blob_id, since)
            SELECT b.id, b.touched FROM manifest_references r JOIN blobs b ON b.digest = r.digest
            WHERE r.manifest_id = :id AND r.kind <> 'subject'
            ON CONFLICT (blob_id) DO NOTHING
            """,
            ["id": id]
        )
        // The later of two times, and 0 is the latest.
        let keepingLater = """
            ON CONFLICT (manifest_id) DO UPDATE SET since = CASE
                WHEN excluded.since = 0 THEN 0
                WHEN untagged_manifests.since <> 0 AND untagged_manifests.since < excluded.since THEN excluded.since
                ELSE untagged_manifests.since
            END
            """
        try run(
            """
            INSERT INTO untagged_manifests (manifest_id, since)
            SELECT c.id, :since FROM manifest_references r
                JOIN manifests c ON c.repository_id = r.repository_id AND c.digest = r.digest
            WHERE r.manifest_id = :id AND r.kind <> 'subject'
            \(keepingLater)
            """,
            ["id": id, "since": since]
        )
        try run(
            """
            INSERT INTO untagged_manifests (manifest_id, since)
            SELECT r.manifest_id, :since FROM manifests m
                JOIN manifest_references r ON r.digest = m.digest AND r.repository_id = m.repository_id
            WHERE m.id = :id AND r.kind = 'subject'
            \(keepingLater)
            """,
            ["id": id, "since": since]
        )
        try run("DELETE FROM manifests WHERE id = :id", ["id": id])
    }
}
