import Logging
import RegistryCore
import ServiceLifecycle

/// Collects garbage on the configuration's schedule.
struct GarbageService: Service {
    let registry: Registry
    /// The data folder.
    let folder: String
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = ContinuousClock.now
            while !Task.isCancelled {
                // The interval may be changed meanwhile.
                let interval = registry.settings.garbage.interval
                try? await Task.sleep(for: min(interval ?? .seconds(10), .seconds(10)))
                guard let interval, ContinuousClock.now - last >= interval, !Task.isCancelled else { continue }
                // It is due when the registry may be written to again.
                if registry.settings.isReadOnly {
                    logger.debug("garbage collection waits: the registry is read-only")
                    continue
                }
                await collect()
                last = .now
            }
        }
    }

    private func collect() async {
        var report = GarbageReport()
        do {
            let lock = try GarbageLock.take(in: folder)
            defer { withExtendedLifetime(lock) {} }
            try await registry.collectGarbage(&report)
        } catch is CancellationError {
            // The server stops; the rest is for the next time.
        } catch let failure as CommandFailure where failure.code == .unavailable {
            logger.info("no garbage collection now: \(failure)")
        } catch {
            logger.error("garbage collection failed: \(error)")
        }
        if !report.isEmpty { logger.notice("garbage collection: \(report.summary)") }
        if let failure = report.failure {
            logger.warning("\(report.failed) objects that nobody needs could not be deleted; later again: \(failure)")
        }
        if !report.unlisted.isEmpty { logger.warning("\(GarbageReport.text(of: report.unlisted))") }
    }
}
