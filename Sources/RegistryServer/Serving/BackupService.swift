import Logging
import RegistryCore
import ServiceLifecycle

/// Makes snapshots of the database on the configuration's schedule.
struct BackupService: Service {
    let registry: Registry
    /// The data folder.
    let folder: String
    let logger: Logger

    private struct State {
        var place: BackupPlace?
        /// nil: nobody has looked yet what there is in the place.
        var schedule: BackupSchedule?
        /// When making one failed last.
        var failure: Timestamp?
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var state = State()
            while !Task.isCancelled {
                // All of it may be changed meanwhile.
                let rules = registry.settings.backup
                // Where nothing may be written, nothing changes either.
                if let interval = rules.interval, !registry.settings.isReadOnly {
                    await look(rules, interval, &state)
                }
                try? await Task.sleep(for: min(rules.interval ?? .seconds(10), .seconds(10)))
            }
        }
    }

    private func look(_ rules: BackupRules, _ interval: Duration, _ state: inout State) async {
        let backends = registry.backends
        let place = BackupPlace(rules, backends)
        if state.place != place { state = State(place: place) }
        guard !BackupSchedule.isPausing(since: state.failure, at: .now, every: interval) else { return }
        let backup = Backup(store: registry.metadata, backends: backends, data: folder, keep: rules.keep)
        do {
            // Once at the start, and again when one is due: somebody may have made one meanwhile.
            guard state.schedule?.isDue(at: .now, every: interval) ?? true else { return }
            let schedule = BackupSchedule(
                since: try await registry.metadata.backedUpSince(.now), newest: try await backup.newest(in: place))
            state.schedule = schedule
            registry.backups.lastSuccess = schedule.newest
            guard schedule.isDue(at: .now, every: interval) else { return }

            let report = try await backup.run(to: place)
            let now = Timestamp.now
            state.schedule?.newest = now
            state.failure = nil
            registry.backups.lastSuccess = now
            logger.notice("a snapshot of the database (\(Amount.bytes(report.size))) is in \(report.place)")
            if let problem = report.problem { logger.warning("older snapshots could not be deleted: \(problem)") }
        } catch is CancellationError {
            // The server stops.
        } catch let failure as CommandFailure where failure.code == .unavailable {
            state.failure = .now
            logger.info("no snapshot of the database now: \(failure)")
        } catch {
            state.failure = .now
            let pause = min(interval, BackupSchedule.retry)
            logger.error("no snapshot of the database could be made; again in \(Amount.time(pause)): \(error)")
        }
    }
}
