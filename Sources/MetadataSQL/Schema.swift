internal import GRDB

/// The tables.
///
///     repositories ─┬─< repository_blobs >─── blobs ──< blob_locations
///                   ├─< manifests ──< manifest_references      (to digests, in the same repository)
///                   └─< tags >── manifests
///     upload_sessions                                          (alone: its repository need not exist yet)
///
///     blob_copies    removals        migrations                (alone: bytes on their way to a backend, or away from one)
///     garbage_candidates ── blobs    untagged_manifests ── manifests      (what may have to go)     orphans (alone)
///     scrubs                                                   (alone: how far the search for damage is)
///
///     marks                                                    (alone: what happened to the database as a whole)
///     installations                                            (alone: which storage each backend is)
///
///     users          grants          tokens ──< refresh_tokens (to users and repositories by their names)
///
/// Grants, tokens and sessions name their user in a text: the users of an htpasswd file have no row. A grant is on a pattern,
/// `alice/app`, `alice/*` or `*`, and whoever owns a namespace needs none. Of passwords and tokens there are hashes alone.
///
/// `manifest_references` is the one reference graph. It holds digests and not ids, as what a manifest speaks of need not be
/// there. Its columns repeat the referring manifest's repository and digest, so that one index answers, in order and
/// without a join: the referrers of a subject, which manifest here needs a blob, and whether any at all does.
///
/// A time is in milliseconds since 1970 UTC, a size in bytes, a digest is `sha256:…`. Texts compare by their bytes.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1", foreignKeyChecks: .immediate) { try $0.execute(sql: version1) }
        migrator.registerMigration("v2") { try $0.execute(sql: version2) }
        migrator.registerMigration("v3") { try $0.execute(sql: version3) }
        migrator.registerMigration("v4") { try $0.execute(sql: version4) }
        migrator.registerMigration("v5") { try $0.execute(sql: version5) }
        migrator.registerMigration("v6") { try $0.execute(sql: version6) }
        migrator.registerMigration("v7") { try $0.execute(sql: version7) }
        migrator.registerMigration("v8") { try $0.execute(sql: version8) }
        migrator.registerMigration("v9") { try $0.execute(sql: version9) }
        return migrator
    }

    /// The content of a manifest, and before it the annotations, are the last columns of its row: SQLite keeps what is long in
    /// overflow pages behind the row's beginning, and who does not ask for it does not read it. A column added after them would
    /// be behind them: what is learnt about manifests later belongs in a table of its own.
    private static let version1 = """
        CREATE TABLE repositories (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            created BIGINT NOT NULL
        );

        CREATE TABLE blobs (
            id INTEGER PRIMARY KEY,
            digest TEXT NOT NULL UNIQUE,
            size BIGINT NOT NULL,
            created BIGINT NOT NULL,
            touched BIGINT NOT NULL
        );
        -- gc: what nobody has touched for the grace period
        CREATE INDEX blobs_touched ON blobs (touched);

        CREATE TABLE blob_locations (
            blob_id INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
            backend TEXT NOT NULL,
            object_key TEXT NOT NULL,
            PRIMARY KEY (blob_id, backend),
            -- gc: is this object anybody's?
            UNIQUE (backend, object_key)
        );

        CREATE TABLE repository_blobs (
            repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
            blob_id INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
            PRIMARY KEY (repository_id, blob_id)
        );
        -- mount from anywhere, gc: which repositories have this blob
        CREATE INDEX repository_blobs_blob ON repository_blobs (blob_id);

        CREATE TABLE manifests (
            id INTEGER PRIMARY KEY,
            repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
            digest TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size BIGINT NOT NULL,
            artifact_type TEXT,
            created BIGINT NOT NULL,
            annotations TEXT,
            content BLOB NOT NULL,
            UNIQUE (repository_id, digest)
        );

        CREATE TABLE tags (
            repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            manifest_id INTEGER NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
            updated BIGINT NOT NULL,
            PRIMARY KEY (repository_id, name)
        );
        -- deletes, gc: which tags point at this manifest
        CREATE INDEX tags_manifest ON tags (manifest_id);

        CREATE TABLE manifest_references (
            manifest_id INTEGER NOT NULL REFERENCES manifests (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            repository_id INTEGER NOT NULL,
            manifest_digest TEXT NOT NULL,
            PRIMARY KEY (manifest_id, kind, digest)
        );
        -- referrers in the order of their digests, who needs this here; by its first column: gc and why, who needs this anywhere
        CREATE INDEX manifest_references_digest
            ON manifest_references (digest, repository_id, kind, manifest_digest, manifest_id);

        CREATE TABLE upload_sessions (
            id TEXT PRIMARY KEY NOT NULL,
            repository TEXT NOT NULL,
            backend TEXT NOT NULL,
            algorithm TEXT NOT NULL,
            digest TEXT,
            checkpoint_offset BIGINT,
            checkpoint_state BLOB,
            hash_state BLOB NOT NULL,
            epoch BIGINT NOT NULL,
            created BIGINT NOT NULL,
            touched BIGINT NOT NULL
        );
        -- expiry: idle for longest first
        CREATE INDEX upload_sessions_touched ON upload_sessions (touched, id);
        """

    /// How far back an upload can go when this machine loses its part of it, and the hash there.
    private static let version2 = """
        ALTER TABLE upload_sessions ADD COLUMN fallback_offset BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE upload_sessions ADD COLUMN fallback_hash BLOB;
        """

    /// Who may do what. What was there before is public, as it was.
    private static let version3 = """
        ALTER TABLE repositories ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public';
        -- lists: the public ones in the order of their names
        CREATE INDEX repositories_visibility ON repositories (visibility, name);

        ALTER TABLE upload_sessions ADD COLUMN owner TEXT;
        -- the limit: how many an owner has
        CREATE INDEX upload_sessions_owner ON upload_sessions (owner);

        CREATE TABLE users (
            name TEXT PRIMARY KEY NOT NULL,
            password_hash TEXT,
            created BIGINT NOT NULL,
            changed BIGINT NOT NULL
        );

        CREATE TABLE grants (
            user_name TEXT NOT NULL,
            pattern TEXT NOT NULL,
            permission TEXT NOT NULL,
            created BIGINT NOT NULL,
            PRIMARY KEY (user_name, pattern)
        );
        -- who may do what with this, and deletes
        CREATE INDEX grants_pattern ON grants (pattern, user_name);

        CREATE TABLE tokens (
            id TEXT PRIMARY KEY NOT NULL,
            user_name TEXT NOT NULL,
            name TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            scope TEXT NOT NULL,
            created BIGINT NOT NULL,
            expires BIGINT,
            UNIQUE (user_name, name)
        );

        CREATE TABLE refresh_tokens (
            hash TEXT PRIMARY KEY NOT NULL,
            user_name TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            token_id TEXT REFERENCES tokens (id) ON DELETE CASCADE,
            created BIGINT NOT NULL,
            expires BIGINT NOT NULL
        );
        -- a user's, the oldest first
        CREATE INDEX refresh_tokens_user ON refresh_tokens (user_name, created);
        -- those of a token that is revoked
        CREATE INDEX refresh_tokens_token ON refresh_tokens (token_id);
        CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires);
        """

    /// Blobs move between backends.
    private static let version4 = """
        -- 0: the object is an adopted registry's
        ALTER TABLE blob_locations ADD COLUMN owned BIGINT NOT NULL DEFAULT 1;

        CREATE TABLE blob_copies (
            id TEXT PRIMARY KEY NOT NULL,
            backend TEXT NOT NULL,
            digest TEXT NOT NULL,
            object_key TEXT NOT NULL,
            touched BIGINT NOT NULL
        );

        -- Objects that no location names any more, until their bytes are gone.
        CREATE TABLE removals (
            backend TEXT NOT NULL,
            object_key TEXT NOT NULL,
            due BIGINT NOT NULL,
            PRIMARY KEY (backend, object_key)
        );
        CREATE INDEX removals_due ON removals (due);

        CREATE TABLE migrations (
            source TEXT NOT NULL,
            target TEXT NOT NULL,
            state TEXT NOT NULL,
            total_blobs BIGINT NOT NULL,
            total_bytes BIGINT NOT NULL,
            copied_blobs BIGINT NOT NULL,
            copied_bytes BIGINT NOT NULL,
            failed BIGINT NOT NULL,
            started BIGINT NOT NULL,
            updated BIGINT NOT NULL,
            PRIMARY KEY (source, target)
        );
        """
}
