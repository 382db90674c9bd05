import RegistryCore

/// What the server goes by: a configuration with its defaults filled in and its rules checked.
struct Settings: Sendable {
    /// Absolute.
    var data: String
    var listen: [ListenAddress]
    var adminListen: ListenAddress?
    var publicURL: PublicURL?
    var trustedProxies: [TrustedProxy]
    var tls: TLSFiles?
    var database: DatabaseURL
    var activeBackend: String
    /// In order of their names.
    var backends: [Backend]
    /// The backend is the default one: the configuration names none.
    var isStorageDefault = false
    var access: Access
    var limits: Limits
    var missingReferences: MissingReferences
    var garbage: Garbage
    var backup: Backup
    /// Nothing is written for clients, and nothing deleted for anybody.
    var isReadOnly: Bool
    var log: Log

    struct Backend: Sendable, Hashable {
        var name: String
        var driver: String
        /// The driver's own keys.
        var section: ConfigNode
    }

    struct Limits: Sendable, Hashable {
        var manifestSize = ByteCount(bytes: 4 << 20)
        /// 0: no limit.
        var blobSize = ByteCount(bytes: 0)
        /// Open at once; 0: no limit.
        var uploadsPerUser = 100
        var uploadIdle = TimeSpan(milliseconds: 30 * 60_000)
        /// What all uploads together may keep in memory.
        var uploadMemory = ByteCount(bytes: 256 << 20)
        var connections = 10_000
        var headerTimeout = TimeSpan(milliseconds: 15_000)
        var idleTimeout = TimeSpan(milliseconds: 120_000)
    }

    struct Log: Sendable, Hashable {
        var level = LogLevel.info
        var format = LogFormat.text
    }
}
