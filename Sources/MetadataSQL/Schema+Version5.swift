extension Schema {
    /// What may be garbage. Every blob that no manifest needs is in `garbage_candidates`, and among them some that turn out to be
    /// needed when they are looked at: so a collection reads what may go, and not what is there. Likewise every manifest that
    /// nothing keeps is in `untagged_manifests`, and those that something else than a tag keeps until they are looked at.
    ///
    /// The index over when blobs were touched goes: in that order the oldest are those that are needed.
    static let version5 = """
        DROP INDEX blobs_touched;

        CREATE TABLE garbage_candidates (
            blob_id INTEGER PRIMARY KEY REFERENCES blobs (id) ON DELETE CASCADE,
            -- not later than the blob was touched: no use in looking at it before the grace has passed since
            since BIGINT NOT NULL
        );
        CREATE INDEX garbage_candidates_since ON garbage_candidates (since, blob_id);

        INSERT INTO garbage_candidates (blob_id, since)
        SELECT b.id, b.touched FROM blobs b WHERE NOT \(isBlobNeeded);

        CREATE TABLE untagged_manifests (
            manifest_id INTEGER PRIMARY KEY REFERENCES manifests (id) ON DELETE CASCADE,
            -- 0: nobody has looked since it was entered
            since BIGINT NOT NULL
        );
        CREATE INDEX untagged_manifests_since ON untagged_manifests (since, manifest_id);

        INSERT INTO untagged_manifests (manifest_id, since)
        SELECT m.id, 0 FROM manifests m WHERE NOT EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id);

        -- Objects in our part of a backend that no other row knows.
        CREATE TABLE orphans (
            backend TEXT NOT NULL,
            object_key TEXT NOT NULL,
            first_seen BIGINT NOT NULL,
            PRIMARY KEY (backend, object_key)
        );
        """

    /// Whether blob `b` stays: a manifest names it in a repository that has it. What names it where it is not (a foreign layer, an
    /// image that was pushed without it) does not keep it, as nobody can pull it there. A repository that has it and names it
    /// nowhere does not either: its layers were pushed and never used, or their manifests are gone.
    ///
    /// A reference of an index to a manifest counts as well, as what it was taken for depends on what was pushed first.
    static let isBlobNeeded = """
        EXISTS (
            SELECT 1 FROM repository_blobs rb
            WHERE rb.blob_id = b.id AND EXISTS (
                SELECT 1 FROM manifest_references r
                WHERE r.digest = b.digest AND r.repository_id = rb.repository_id AND r.kind <> 'subject'
            )
        )
        """

    /// Whether manifest `m` stays, however long it is untagged: a tag points at it, an index of its repository lists it, or it is
    /// about something that is there.
    static let isManifestNeeded = """
        (
            EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)
            OR EXISTS (
                SELECT 1 FROM manifest_references r
                WHERE r.digest = m.digest AND r.repository_id = m.repository_id AND r.kind <> 'subject'
            )
            OR EXISTS (
                SELECT 1 FROM manifest_references s
                    JOIN manifests o ON o.repository_id = s.repository_id AND o.digest = s.digest
                WHERE s.manifest_id = m.id AND s.kind = 'subject'
            )
        )
        """
}
