import Authentication
import Logging
import RegistryCore
import RegistryHTTP
import Synchronization

/// Takes up a changed configuration while the server runs.
final class Reloader: Sendable {
    private let source: ConfigurationSource
    private let drivers: [StorageDriver]
    private let current: Mutex<Settings>
    private let registry: Registry
    private let authenticator: Authenticator
    private let server: HTTPServer
    private let style: LogStyle
    private let logger: Logger

    init(
        source: ConfigurationSource,
        drivers: [StorageDriver],
        settings: Settings,
        registry: Registry,
        authenticator: Authenticator,
        server: HTTPServer,
        style: LogStyle,
        logger: Logger
    ) {
        self.source = source
        self.drivers = drivers
        self.current = Mutex(settings)
        self.registry = registry
        self.authenticator = authenticator
        self.server = server
        self.style = style
        self.logger = logger
    }

    var tls: TLSFiles? { current.withLock { $0.tls } }

    /// Reads the configuration again, and opens what backends are new. If it is broken, or something is still on a backend that
    /// goes, or a new one is somebody else's, that is reported, and everything stays as it is. One call at a time.
    func reload() async {
        do {
            let read = try source.settings(drivers: drivers.map { StorageDriverCheck($0) })
            let before = current.withLock { $0 }
            let (settings, needRestart) = try before.reloaded(from: read)
            let http = try settings.httpSettings()
            let authentication = try settings.authenticatorSettings(logger)
            let backends = try await settings.openBackends(
                drivers, logger, registry.metadata, running: registry.backends.all)
            try await registry.reload(settings.registrySettings, backends)
            current.withLock { $0 = settings }
            server.reload(http)
            authenticator.reload(authentication)
            settings.warnOfExposedPasswords(logger)
            style.change(level: settings.log.level, format: settings.log.format)
            for path in needRestart {
                logger.warning("\(path) was changed, which takes a restart")
            }
            if settings.activeBackend != before.activeBackend {
                logger.notice("new blobs go to backend \(settings.activeBackend) now")
            }
            if settings.isReadOnly != before.isReadOnly {
                logger.notice(settings.isReadOnly ? "the registry is read-only now" : "the registry takes writes again")
            }
            logger.notice("configuration reloaded")
        } catch {
            for line in "\(error)".split(separator: "\n") { logger.error("not reloaded: \(line)") }
        }
    }

    /// Takes up a renewed certificate. The configuration stays as it is.
    func renewCertificate() {
        do {
            server.reload(try current.withLock { $0 }.httpSettings())
            logger.notice("certificate renewed")
        } catch {
            logger.error("certificate not renewed: \(error)")
        }
    }
}
