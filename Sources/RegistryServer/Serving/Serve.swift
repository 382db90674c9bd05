import Authentication
import Logging
import MetadataSQL
import NIOCore
import NIOPosix
import RegistryCore
import RegistryHTTP
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A running server, from its settings to its end.
struct Serve {
    let source: ConfigurationSource
    let drivers: [StorageDriver]

    /// Where there are several, one processor is left to the threads that write files, commit and talk to S3. Where two loops
    /// take turns with those on two processors they mostly wake and sleep: a push of a small image cost a tenth more than with one.
    private static let eventLoops = max(1, System.coreCount - 1)

    /// Returns when the server was told to stop and what was in flight is done.
    func run() async throws {
        let started = Timestamp.now
        let settings = try source.settings(drivers: drivers.map { StorageDriverCheck($0) })
        let http = try settings.httpSettings()
        ProcessTuning.apply()
        let folder = try DataFolder(settings.data)
        defer { withExtendedLifetime(folder) {} }
        // From here on a SIGHUP asks for a reload; by default it would end the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let logs = Logs(to: .standardError, style: LogStyle(level: settings.log.level, format: settings.log.format))
        defer { logs.sink.close() }
        let logger = logs.logger("registryd")

        let metadata = try SQLiteStore(path: settings.database.path, logger: logger)
        try await closing({ try await metadata.close() }) {
            try await metadata.checkNeeded(beside: settings.backends.map(\.name), active: settings.activeBackend)
            let audit = AuditFile(settings.auditPath, logger: logger)
            let authenticator = try Authenticator(
                store: metadata,
                keys: try TokenKeys(folder: settings.tokenKeysFolder),
                settings: try settings.authenticatorSettings(logger),
                audit: audit,
                logger: logger
            )
            let registry = Registry(
                metadata: metadata,
                // Nobody else holds them, so that one that a reload takes out goes.
                backends: try await settings.openBackends(drivers, logger, metadata),
                settings: settings.registrySettings, audit: audit,
                isCurrent: { try await authenticator.isCurrent($0) }, logger: logger)
            // Commands look whether it has the backend that they bring blobs to.
            try await metadata.setServedBackends(settings.backends.map(\.name))
            let counts = RequestCounts()
            let group = MultiThreadedEventLoopGroup(numberOfThreads: Self.eventLoops)
            try await closing({ try await group.shutdownGracefully() }) {
                let server = try await HTTPServer(
                    group: group,
                    settings: http,
                    accessLog: CountingAccessLog(counts, before: SinkAccessLog(logs)),
                    logger: logger,
                    responder: RegistryResponder(registry: registry, authenticator: authenticator)
                )
                let admin = try await HTTPServer(
                    group: group,
                    settings: HTTPSettings(),
                    accessLog: SilentAccessLog(),
                    logger: logger,
                    responder: AdminResponder(
                        registry: registry,
                        metrics: Metrics(
                            registry: registry, requests: counts, version: registrydVersion, started: started))
                )
                try await listen(server, admin, settings, logs, logger)
                let manager = ServiceManager(socketPath: source.environment["NOTIFY_SOCKET"])
                let reloader = Reloader(
                    source: source,
                    drivers: drivers,
                    settings: settings,
                    registry: registry,
                    authenticator: authenticator,
                    server: server,
                    style: logs.style,
                    logger: logger
                )
                try await serve(
                    [
                        MaintenanceService(registry: registry),
                        GarbageService(registry: registry, folder: settings.data, logger: logger),
                        BackupService(registry: registry, folder: settings.data, logger: logger),
                        ReloadService(hangups: hangups, reloader: reloader, manager: manager),
                        CertificateService(reloader: reloader),
                        AccessFilesService(authenticator: authenticator, logger: logger),
                        ListenerService(server: server, admin: admin, manager: manager, logger: logger),
                    ],
                    logs,
                    logger
                )
            }
        }
        logger.info("stopped")
    }

    private func listen(
        _ server: HTTPServer,
        _ admin: HTTPServer,
        _ settings: Settings,
        _ logs: Logs,
        _ logger: Logger
    ) async throws {
        logger.info("registryd \(registrydVersion) keeps its data in \(settings.data)")
        if settings.access.isImplicit {
            logger.info(
                "serving everybody on this machine, and nobody else; to serve others say who may do what: access.anonymous"
            )
        }
        settings.warnOfExposedPasswords(logger)
        var first: SocketAddress?
        for address in settings.listen {
            let bound = try await address.bind(server)
            logger.info("listening on \(bound.text)")
            first = first ?? bound
        }
        if let address = settings.adminListen {
            let bound = try await address.bind(admin)
            logger.info("listening on \(bound.text) for /healthz, /readyz and /metrics")
        }
        ProcessTuning.forgetStart()
        if let first, settings.log.format == .text, LogOutput.standardError.isTerminal {
            logs.sink.write(urgent: true) { $0.appendHint(first, isTLS: settings.tls != nil) }
        }
    }

    /// Runs the services until a signal asks to stop. They stop in reverse order, the listeners first.
    private func serve(_ services: [any Service], _ logs: Logs, _ logger: Logger) async throws {
        var quiet = logger
        quiet.logLevel = .warning
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: quiet))
        let stops = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        Task {
            var isStopping = false
            for await _ in stops {
                if isStopping {
                    logger.warning("stopping at once, as told a second time: what is in flight is cut off")
                    logs.sink.close()
                    _exit(CommandFailure.Code.failure.rawValue)
                }
                isStopping = true
                await group.triggerGracefulShutdown()
            }
        }
        // It goes on after the services: closing the database may hang on a disk, too.
        try await group.run()
    }

    /// Runs `body`, then `close`, whether it throws or not. The first error is the one that counts.
    private func closing(_ close: () async throws -> Void, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            try? await close()
            throw error
        }
        try await close()
    }
}

/// Health checks, and those who collect metrics, are not worth a line each.
private struct SilentAccessLog: AccessLog {
    func record(_ entry: AccessEntry) {}
}
