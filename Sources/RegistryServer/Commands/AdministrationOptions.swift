import ArgumentParser
import Authentication
import Logging
import MetadataSQL
import RegistryCore

/// The options of the commands that change who may do what.
struct AdministrationOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: .long, help: ArgumentHelp("The folder for everything that is kept.", valueName: "dir"))
    var data: String?

    var json: Bool { configuration.json }

    func settings() throws -> Settings {
        var source = configuration.source
        source.data = data
        // What the server's secrets are, whoever adds a user need not know.
        return try source.settings(drivers: Drivers.checks, apartFrom: "storage")
    }

    /// Prints what a command is about: for people, or with --json for programs.
    func print(_ text: String, _ tree: ConfigNode) throws {
        try LogOutput.standardOutput.print(json ? tree.json + "\n" : text)
    }

    /// Runs `body` with the database, which is made if there is none yet. A server may be at work on it.
    func withAdministration(_ body: (Administration, any MetadataStore) async throws -> Void) async throws {
        let settings = try settings()
        let environment = configuration.source.environment
        try DataFolder.make(settings.data)
        try DataFolder.actAsOwner(of: settings.data)
        let logs = Logs(to: .standardError, style: LogStyle(level: .warning))
        defer { logs.sink.close() }
        let logger = logs.logger("registryd")
        let htpasswd = settings.access.htpasswd.map { HtpasswdFile(path: $0) }
        let isInHtpasswd = { @Sendable (name: UserName) throws -> Bool in
            guard let htpasswd else { return false }
            // The server does not start without it. Who may do what can be said before.
            guard !isMissing(htpasswd.path) else {
                logger.warning("access.htpasswd: \(htpasswd.path) does not exist: nobody is in it")
                return false
            }
            _ = try htpasswd.refresh()
            return htpasswd.hash(of: name) != nil
        }
        let store = try SQLiteStore(path: settings.database.path, logger: logger)
        let administration = Administration(
            store: store,
            audit: AuditFile(settings.auditPath, logger: logger),
            actor: SystemUser.actor(environment: environment),
            origin: "command line",
            isKnownElsewhere: isInHtpasswd
        )
        do {
            try await body(administration, store)
        } catch {
            try? await store.close()
            throw error
        }
        try await store.close()
    }
}

extension Settings {
    /// Where it is written down who changed what.
    var auditPath: String { "\(data)/audit.log" }

    /// The folder of the keys that sign tokens.
    var tokenKeysFolder: String { "\(data)/token-keys" }
}
