internal import GRDB
package import Logging
internal import RegistryCore

/// The metadata in an SQLite database.
///
/// Reads answer without suspending, each over a connection of its own to what is committed. Writes go through one thread, which
/// groups them. Nothing is cached, so other processes may change the database meanwhile.
package final class SQLiteStore: MetadataStore {
    let path: String
    let readers: ReaderPool
    let writer: Writer

    /// Opens the database at `path`, or makes it, readable and writable to this user only. Its folder exists.
    ///
    /// Blocks while it does so. Throws ``MetadataError``.
    package convenience init(path: String, logger: Logger) throws {
        try self.init(path: path, logger: logger, patience: 5)
    }

    /// - Parameter patience: how long a write waits for another process to finish its own, in seconds.
    init(path: String, logger: Logger, patience: Double) throws {
        self.path = path
        let queue = try DatabaseFile.queue(at: path, patience: patience)
        do {
            readers = try ReaderPool(path: path)
        } catch {
            throw MetadataError("opening the database", in: path, cause: error)
        }
        writer = Writer(path: path, queue: queue, logger: logger)
    }

    deinit {
        writer.stop()
    }

    package func close() async throws {
        readers.close()
        try await writer.close()
    }

    func read<T>(_ operation: String, _ body: (Connection) throws -> T) throws -> T {
        try readers.read(operation, body)
    }

    @discardableResult
    func write<T: Sendable>(
        _ operation: String,
        surviving durability: Writer.Durability = .powerLoss,
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await writer.perform(operation, durability, body)
    }
}
