extension Schema {
    /// Tables whose rows are looked for by their primary keys are kept in that key's order: once, and not beside an index that
    /// says where each row is. Sessions have no index that changes with each request to them. A push of a small image writes half as
    /// many pages of log as before.
    static let version9 = """
        CREATE TABLE upload_sessions_9 (
            id TEXT PRIMARY KEY NOT NULL,
            repository TEXT NOT NULL,
            backend TEXT NOT NULL,
            owner TEXT,
            algorithm TEXT NOT NULL,
            digest TEXT,
            epoch BIGINT NOT NULL,
            created BIGINT NOT NULL,
            touched BIGINT NOT NULL,
            checkpoint_offset BIGINT,
            fallback_offset BIGINT NOT NULL DEFAULT 0,
            hash_state BLOB NOT NULL,
            fallback_hash BLOB,
            -- the last, as it may be long
            checkpoint_state BLOB
        ) \(clustered);
        \(move("upload_sessions", ofSessions))
        -- the limit: how many an owner has
        CREATE INDEX upload_sessions_owner ON upload_sessions (owner) WHERE owner IS NOT NULL;

        CREATE TABLE blob_locations_9 (
            blob_id INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
            backend TEXT NOT NULL,
            object_key TEXT NOT NULL,
            owned BIGINT NOT NULL DEFAULT 1,
            damage TEXT,
            damaged_since BIGINT,
            PRIMARY KEY (blob_id, backend)
        ) \(clustered);
        \(move("blob_locations", "blob_id, backend, object_key, owned, damage, damaged_since"))
        -- gc: is this object anybody's? Made afterwards, it is sorted once
        CREATE UNIQUE INDEX blob_locations_object ON blob_locations (backend, object_key);
        CREATE INDEX blob_locations_damaged ON blob_locations (backend, blob_id) WHERE damage IS NOT NULL;

        CREATE TABLE repository_blobs_9 (
            repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
            blob_id INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
            PRIMARY KEY (repository_id, blob_id)
        ) \(clustered);
        \(move("repository_blobs", "repository_id, blob_id"))
        CREATE INDEX repository_blobs_blob ON repository_blobs (blob_id);

        CREATE TABLE tags_9 (
            repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            manifest_id INTEGER NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
            updated BIGINT NOT NULL,
            PRIMARY KEY (repository_id, name)
        ) \(clustered);
        \(move("tags", "repository_id, name, manifest_id, updated"))
        CREATE INDEX tags_manifest ON tags (manifest_id);

        CREATE TABLE manifest_references_9 (
            manifest_id INTEGER NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            repository_id INTEGER NOT NULL,
            manifest_digest TEXT NOT NULL,
            PRIMARY KEY (manifest_id, kind, digest)
        ) \(clustered);
        \(move("manifest_references", "manifest_id, kind, digest, repository_id, manifest_digest"))
        CREATE INDEX manifest_references_digest
            ON manifest_references (digest, repository_id, kind, manifest_digest, manifest_id);
        """

    /// SQLite's word for it. Only the tables say it, no statement that reads or writes them; another database leaves it out.
    private static let clustered = "WITHOUT ROWID"

    /// The new table takes the place of the old one, whose indexes go.
    private static func move(_ table: String, _ columns: String) -> String {
        """
        INSERT INTO \(table)_9 (\(columns)) SELECT \(columns) FROM \(table);
        DROP TABLE \(table);
        ALTER TABLE \(table)_9 RENAME TO \(table);
        """
    }

    private static let ofSessions = """
        id, repository, backend, algorithm, digest, checkpoint_offset, checkpoint_state, hash_state, epoch, created, touched,
        fallback_offset, fallback_hash, owner
        """
}
