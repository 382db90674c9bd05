extension Schema {
    /// Which storage each backend is, by the id in its mark, so that nobody takes another one's objects for garbage of this
    /// database.
    static let version8 = """
        CREATE TABLE installations (
            backend TEXT PRIMARY KEY NOT NULL,
            installation TEXT NOT NULL UNIQUE,
            -- when all its objects were last compared with the rows; NULL: never
            orphans_listed BIGINT
        );
        """
}
