import Authentication
import Dispatch
import Logging
import RegistryCore
import RegistryHTTP
import ServiceLifecycle
import UnixSignals

/// Keeps the listeners open until the server is to stop, then lets what is in flight finish.
struct ListenerService: Service {
    let server: HTTPServer
    let admin: HTTPServer
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        manager.ready()
        // Throws when the whole group is cancelled: somebody else failed, and stopping is the same.
        try? await gracefulShutdown()
        manager.stopping()
        logger.info("stopping: requests in flight have 30 s to finish")
        await server.drain(within: .seconds(30))
        await admin.drain(within: .zero)
    }
}

/// Removes what nobody needs any more: upload sessions that nobody goes on with, what migration leaves behind.
struct MaintenanceService: Service {
    let registry: Registry

    func run() async throws {
        await cancelWhenGracefulShutdown { await registry.maintain() }
    }
}

/// Reloads the configuration at every SIGHUP.
struct ReloadService: Service {
    let hangups: UnixSignalsSequence
    let reloader: Reloader
    let manager: ServiceManager

    func run() async throws {
        for await _ in hangups.cancelOnGracefulShutdown() {
            manager.reloading()
            await reloader.reload()
            manager.ready()
        }
    }
}

/// Takes up a certificate whose files were replaced, without being told.
struct CertificateService: Service {
    let reloader: Reloader

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var files = reloader.tls
            var known = files?.version
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(10))
                let version = reloader.tls?.version
                if reloader.tls != files {
                    // A reload has read the new files already.
                    files = reloader.tls
                } else if let version, version != known {
                    reloader.renewCertificate()
                }
                known = version ?? known
            }
        }
    }
}

/// Takes up changed keys and users whose files another program changes, within a second.
struct AccessFilesService: Service {
    let authenticator: Authenticator
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var known: [String] = []
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(500))
                let report = await look()
                for notice in report.notices { logger.notice("\(notice)") }
                // Once, and not twice a second.
                for complaint in report.complaints where !known.contains(complaint) { logger.error("\(complaint)") }
                known = report.complaints
            }
        }
    }

    private func look() async -> Authenticator.FileReport {
        await withCheckedContinuation { continuation in
            // A disk may be slow, and the threads of async code are few.
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: authenticator.refreshFiles()) }
        }
    }
}
