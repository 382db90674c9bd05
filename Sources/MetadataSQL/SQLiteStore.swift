internal import GRDB
package import Logging
internal import RegistryCore

/// The metadata in an SQLite database.
///
/// Reads answer without suspending, each over a connection of its own to what is committed. Writes go through one thread, which
/// groups them. What pulls read is remembered until the next commit, whichever process commits: see ``CommitWatch``.
package final class SQLiteStore: MetadataStore {
    let path: String
    let readers: ReaderPool
    let writer: Writer
    private let watch: CommitWatch
    let recentManifests: RecentRows<ManifestKey, ManifestRecord?>
    let recentBlobs: RecentRows<BlobKey, BlobRecord?>
    let recentStandings: RecentRows<StandingKey, Standing>

    struct ManifestKey: Hashable {
        var reference: Reference
        var repository: RepositoryName
    }
    struct BlobKey: Hashable {
        var digest: Digest
        var repository: RepositoryName
    }
    struct StandingKey: Hashable {
        var user: UserName?
        var repository: RepositoryName
    }

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
            watch = try CommitWatch(path: path, patience: ReaderPool.patience)
            // With the largest of them, a MiB for each processor.
            recentManifests = RecentRows(watch.index, capacity: 128)
            recentBlobs = RecentRows(watch.index, capacity: 1024)
            recentStandings = RecentRows(watch.index, capacity: 1024)
        } catch {
            throw MetadataError("opening the database", in: path, cause: error)
        }
        writer = Writer(path: path, queue: queue, logger: logger)
    }

    deinit {
        writer.stop()
    }

    package func close() async throws {
        recentManifests.close()
        recentBlobs.close()
        recentStandings.close()
        watch.close()
        readers.close()
        try await writer.close()
    }

    func read<T>(_ operation: String, _ body: (Connection) throws -> T) throws -> T {
        try readers.read(operation, body)
    }

    /// `body` may be called again, when another of its transaction threw: it does nothing but to the database.
    @discardableResult
    func write<T: Sendable>(
        _ operation: String,
        surviving durability: Writer.Durability = .powerLoss,
        _ body: @escaping @Sendable (Database) throws -> T
    ) async throws -> T {
        try await writer.perform(operation, durability, body)
    }
}
