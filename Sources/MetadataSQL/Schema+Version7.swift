extension Schema {
    /// What happened to the database as a whole, each by its name with the time of it:
    ///
    ///     backups     somebody looks after snapshots of it since then
    ///     restored    it was a snapshot until then, or made anew, and there may be objects that it ought to know
    ///     backends    not a time but the backends, a line each, that a server has
    static let version7 = """
        CREATE TABLE marks (
            name TEXT PRIMARY KEY NOT NULL,
            value TEXT NOT NULL
        );
        """
}
