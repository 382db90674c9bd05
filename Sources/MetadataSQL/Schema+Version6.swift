extension Schema {
    /// What is known to be damaged, and how far the search for that is. The mark is on the location, so that whoever reads where
    /// a blob is sees it without another look, and it goes when the location does.
    static let version6 = """
        -- why the object cannot be read as it was stored; NULL: nobody has found anything
        ALTER TABLE blob_locations ADD COLUMN damage TEXT;
        ALTER TABLE blob_locations ADD COLUMN damaged_since BIGINT;
        -- is anything damaged: as long as nothing is, there is nothing in it
        CREATE INDEX blob_locations_damaged ON blob_locations (backend, blob_id) WHERE damage IS NOT NULL;

        CREATE TABLE scrubs (
            backend TEXT PRIMARY KEY NOT NULL,
            state TEXT NOT NULL,
            -- the digest up to which everything was read; empty: none yet
            position TEXT NOT NULL,
            total_blobs BIGINT NOT NULL,
            total_bytes BIGINT NOT NULL,
            checked_blobs BIGINT NOT NULL,
            checked_bytes BIGINT NOT NULL,
            damaged BIGINT NOT NULL,
            repaired BIGINT NOT NULL,
            started BIGINT NOT NULL,
            updated BIGINT NOT NULL,
            -- when last everything had been read
            finished BIGINT
        );
        """
}
