// MetadataSQL is the registry's MetadataStore in SQL: SQLite now, PostgreSQL beside it later.
//
//   SQLiteStore             the store; its operations are in SQLiteStore+….swift, each with its SQL
//   Schema                  the tables, drawn, and the migrations that make them
//   Writer, GroupCommit     the one thread that writes: many operations a commit, durability, checkpoints
//   Database+Run, Arguments what a write operation says to the database
//   ReaderPool, Connection  reads that answer where they are asked, over SQLite's C API
//   DatabaseFile            making and opening the file
//
// The statements are what both databases understand: no INSERT OR REPLACE, no rowid, named parameters.
