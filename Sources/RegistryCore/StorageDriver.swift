public import Logging

/// A kind of storage that the configuration can name (`driver: fs`), and the code that builds one from its section.
///
/// Register it by handing it to `RegistryServer`'s main; see `Examples/MemoryDriver`.
public struct StorageDriver: Sendable {
    public let name: String
    /// Builds a backend. Throws when the section is wrong (its message goes to whoever starts the server).
    public let make: @Sendable (StorageDriverContext) async throws -> any BlobStorage

    /// Reads a section without building anything, for `registryd config check`. Throws what is wrong with it.
    public let check: @Sendable (any Decoder) throws -> Void

    /// Tries a backend out for `registryd doctor`, which may run before the server ever did, while it runs, or because it
    /// does not start. Throws when the section is wrong; everything else is in the findings.
    public let diagnose: @Sendable (StorageDriverContext) async throws -> [Finding]

    /// A driver that reads its section itself. `config check` does not look into it.
    public init(name: String, make: @escaping @Sendable (StorageDriverContext) async throws -> any BlobStorage) {
        self.name = name
        self.make = make
        self.check = { _ in }
        self.diagnose = { context in try await findings { try await make(context) } }
    }

    /// A driver whose section is a `Section`; `make` is given the decoded one.
    ///
    /// - Parameter diagnose: For a backend that need not, or must not, be opened to be diagnosed; nil: it is made, and
    ///   asked by its ``BlobStorage/diagnose()``.
    public init<Section: Decodable & SendableMetatype>(
        name: String,
        section: Section.Type,
        make: @escaping @Sendable (Section, StorageDriverContext) async throws -> any BlobStorage,
        diagnose: (@Sendable (Section, StorageDriverContext) async throws -> [Finding])? = nil
    ) {
        self.name = name
        self.make = { context in try await make(Section(from: context.section), context) }
        self.check = { decoder in _ = try Section(from: decoder) }
        self.diagnose = { context in
            let section = try Section(from: context.section)
            if let diagnose { return try await diagnose(section, context) }
            return try await findings { try await make(section, context) }
        }
    }
}

/// Those of a storage, or that it cannot be opened.
private func findings(_ open: () async throws -> any BlobStorage) async throws -> [Finding] {
    do {
        return try await open().diagnose()
    } catch let error as StorageError {
        return [.failed("opening", error)]
    }
}

/// What a driver is given to build a backend from.
public struct StorageDriverContext {
    /// The backend's name in the configuration.
    public let backend: String
    /// The backend's section of the configuration without `driver`: decode a `Decodable` type of your own from it.
    /// A key that the type does not read is an error that names it.
    public let section: any Decoder
    /// The server's data folder, for what the backend keeps on local disk.
    public let dataDirectory: String
    /// Bytes that all uploads of the process together may keep in memory (`limits.upload-memory`), on whichever backend.
    public let uploadMemory: Int
    /// A server may have the backend open at the same time: it is to be opened for copies beside that, without taking it for
    /// oneself, and what others left unfinished is theirs.
    public let isShared: Bool
    /// The id of a storage that is made now (``BlobStorage/installation``). nil: it was made before, so that a folder or a bucket
    /// without its mark is another one.
    public let installation: String?
    /// Throws unless the storage, which says which it is (``BlobStorage/installation``), is this backend's. For a backend that is
    /// built before it can be reached: it asks this once it has read its mark, and serves nothing before. What can say which it
    /// is when it is built is asked then, and need not do this.
    public let admit: @Sendable (any BlobStorage) async throws -> Void
    public let logger: Logger

    public init(
        backend: String,
        section: any Decoder,
        dataDirectory: String,
        uploadMemory: Int = 256 << 20,
        isShared: Bool = false,
        installation: String? = UploadID().description,
        admit: @escaping @Sendable (any BlobStorage) async throws -> Void = { _ in },
        logger: Logger
    ) {
        self.backend = backend
        self.section = section
        self.dataDirectory = dataDirectory
        self.uploadMemory = uploadMemory
        self.isShared = isShared
        self.installation = installation
        self.admit = admit
        self.logger = logger
    }
}
