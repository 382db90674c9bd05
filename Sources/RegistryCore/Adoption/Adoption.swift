import NIOCore

/// Takes over the storage of a CNCF distribution registry where it is: its repositories, tags, manifests and blobs become ours,
/// and no blob is copied. The old files are never changed.
///
/// It costs a listing of the repositories and one of the blobs, a read for each tag and for each manifest that is not here yet.
/// Blobs are not read but for two kinds: those that a repository would get whose bytes came here otherwise, and those that are
/// not as large as a manifest says.
/// What is here already stays as it is, so it may be stopped and run again at any time, also while both registries serve.
package struct Adoption: Sendable {
    let metadata: any MetadataStore
    let storage: any BlobStorage
    /// The storage's name in the configuration.
    let backend: String
    let layout: DistributionLayout
    /// The largest manifest, in bytes.
    let manifestSize: Int64
    /// The files of blobs are ours afterwards, to be deleted when nobody needs them.
    let owns: Bool
    /// Nothing is written.
    let isDryRun: Bool
    let now: @Sendable () -> Timestamp

    /// Reads and transactions at once.
    static let width = 16

    package init(
        metadata: any MetadataStore,
        storage: any BlobStorage,
        backend: String,
        layout: DistributionLayout,
        manifestSize: Int,
        owns: Bool = false,
        isDryRun: Bool = false,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.metadata = metadata
        self.storage = storage
        self.backend = backend
        self.layout = layout
        // Distribution's own limit: what is there was taken under it.
        self.manifestSize = Int64(max(manifestSize, 4 << 20))
        self.owns = owns
        self.isDryRun = isDryRun
        self.now = now
    }

    /// Throws when a storage or the metadata does not answer; what is merely wrong is in the report.
    package func run(_ progress: @escaping (AdoptionProgress) -> Void = { _ in }) async throws -> AdoptionReport {
        var inventory = DistributionInventory(layout)
        try await inventory.list(storage, progress)
        var run = AdoptionRun(adoption: self, inventory: inventory)
        let total = run.total
        for batch in run.batches() {
            try await run.takeBlobs(of: batch)
            progress(.taking(run.done, of: total))
            let manifests = try await run.takeManifests(of: batch) { progress(.taking($0, of: total)) }
            try await run.takeTags(of: batch, pointingAt: manifests) { progress(.taking($0, of: total)) }
        }
        if owns { try await run.own() }
        return run.finished()
    }

    /// The whole of an object, which is small.
    func bytes(of object: StoredObject) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        for try await buffer in try await storage.read(object, 0..<object.size).buffers() {
            bytes.writeImmutableBuffer(buffer)
        }
        return bytes
    }
}

extension StorageError {
    /// It is about the one object; others can be read.
    var isOfOneObject: Bool { code == .objectMissing || code == .objectDamaged || code == .failed }
}
