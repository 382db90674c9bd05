import Logging
import RegistryCore
import UnixSignals

extension StorageOptions {
    /// Runs `body` with the data folder to itself, and with those backends of the configuration that it asks for; without a
    /// database. A first SIGINT or SIGTERM cancels it.
    func withDataFolder(
        _ body:
            @escaping @Sendable (
                Settings, Logger, @Sendable (_ backend: String) async throws -> any BlobStorage
            ) async throws -> Void
    ) async throws {
        var source = configuration.source
        source.data = data
        let settings = try source.settings(drivers: Drivers.checks)
        try DataFolder.make(settings.data)
        try DataFolder.actAsOwner(of: settings.data)
        ProcessTuning.apply()
        let logs = Logs(to: .standardError, style: LogStyle(level: .warning))
        defer { logs.sink.close() }
        let logger = logs.logger("registryd")
        let folder = try OfflineFolder(settings.data)
        defer { withExtendedLifetime(folder) {} }
        let drivers = Drivers.current
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let work = Task {
            try await body(settings, logger) { name in
                // The others may be gone, with the database.
                var settings = settings
                settings.backends = settings.backends.filter { $0.name == name }
                guard let storage = try await settings.makeBackends(drivers, logger, shared: true).all[name] else {
                    throw CommandFailure(.usage, "storage.backends has no backend \(name)")
                }
                return storage
            }
        }
        let watch = Task { for await _ in signals { work.cancel() } }
        let result = await work.result
        watch.cancel()
        try result.get()
    }
}

/// A data folder that neither a server nor a garbage collection is at work in, for as long as this lives.
final class OfflineFolder: Sendable {
    private let locks: (DataFolder, FileLock)

    init(_ path: String) throws {
        locks = (try DataFolder(path), try GarbageLock.take(in: path))
    }
}
