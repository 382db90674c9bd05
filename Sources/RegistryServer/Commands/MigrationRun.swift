import RegistryCore

/// A migration from its beginning to its end, with everything that its user sees of it.
struct MigrationRun: Sendable {
    let migration: Migration
    let access: StorageOptions.Access

    func run() async throws -> MigrationReport {
        // Two would copy the same blobs, and take what the other has begun for what a crash left.
        let lock = try FileLock("\(access.settings.data)/migrate.lock") { who in
            "another migration\(who) is under way; wait for it, or stop it first: this one goes on where it stops"
        }
        defer { withExtendedLifetime(lock) {} }
        // At its beginning, too, and not after hours.
        if migration.deletesSource { try await access.checkServed(migration.target) }
        let line = ProgressLine()
        if access.settings.activeBackend == migration.source, !migration.onlyAdopted {
            line.note(
                "new blobs still go to \(migration.source); to end that, set storage.active and reload the server")
        }
        let migrator = Migrator(
            metadata: access.store, backends: access.backends, migration: migration,
            mayTake: { try await access.checkServed(migration.target) },
            report: { line.note(Self.text($0)) })
        let speed = Speed()
        do {
            try await line.showing({
                // Whoever asks the server's /metrics sees this. A moment that is missed is not worth an error.
                try? await save(migrator, .running)
                return Self.text(migrator.progress, speed)
            }) {
                try await migrator.run()
            }
        } catch {
            try? await save(migrator, .interrupted)
            throw Self.failure(error, migrator)
        }
        try await save(migrator, .finished)
        return MigrationReport(
            migration: migration,
            progress: migrator.progress,
            failures: migrator.failed,
            removed: migrator.removedFromSource,
            openUploads: migration.onlyAdopted ? 0 : try await access.store.countUploads(on: migration.source)
        )
    }

    private func save(_ migrator: Migrator, _ state: MigrationProgress.State) async throws {
        var progress = migrator.progress
        progress.state = state
        progress.updated = .now
        try await access.store.saveMigration(progress)
    }

    private static func failure(_ error: any Error, _ migrator: Migrator) -> CommandFailure {
        let progress = migrator.progress
        let far =
            "\(Amount.count(progress.copied.blobs)) of \(Amount.count(progress.total.blobs, "blob")) were copied; "
            + "run it again to go on"
        if error is CancellationError || Task.isCancelled {
            return CommandFailure(.failure, "interrupted: \(far)", cause: error)
        }
        var failure = CommandFailure(error)
        failure.message += "; \(far)"
        return failure
    }
}

// What is said on the way.
extension MigrationRun {
    private static func text(_ progress: MigrationProgress, _ speed: Speed) -> String {
        let (total, copied) = (progress.total, progress.copied)
        // Blobs that came meanwhile are not in the total.
        let all = max(total.bytes, copied.bytes)
        let percent = all > 0 ? copied.bytes * 100 / all : 100
        var text =
            "\(Amount.count(copied.blobs)) of \(Amount.count(max(total.blobs, copied.blobs), "blob")), "
            + "\(Amount.bytes(copied.bytes)) of \(Amount.bytes(all)) (\(percent)%)"
        if let rate = speed.rate(copied.bytes), rate > 0 {
            text += ", \(Amount.bytes(rate))/s, \(Amount.time(.seconds((all - copied.bytes) / rate))) left"
        }
        return text
    }

    private static func text(_ event: MigrationEvent) -> String {
        switch event {
        case .waiting(let backend, let error):
            "\(backend ?? "the database") does not answer, waiting until it does: \(error)"
        case .resumed(let backend): "\(backend ?? "the database") answers again, going on"
        case .failed(let failure): failure.text
        case .waitingForReaders(let due):
            "everything is copied; clients may still be on their way to the old objects, which go at \(due)"
        }
    }
}

extension MigrationFailure {
    var text: String {
        let names = repositories.isEmpty ? "no repository" : repositories.map(\.description).joined(separator: ", ")
        return "\(digest) (in \(names)): \(reason)"
    }
}
