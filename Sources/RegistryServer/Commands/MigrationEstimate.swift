import RegistryCore

/// What there is to copy.
struct MigrationEstimate: Sendable {
    let migration: Migration
    let count: BlobCount
    /// Bytes a second that it takes at most; nil: there is nothing to copy.
    let speed: Int64?

    init(_ migration: Migration, _ access: StorageOptions.Access) async throws {
        let migrator = Migrator(metadata: access.store, backends: access.backends, migration: migration)
        self.migration = migration
        count = try await migrator.countBlobs()
        let source = try await migrator.sourceSpeed(within: .seconds(3))
        speed = source.map { min($0, migration.bytesPerSecond ?? .max) }
    }

    private var seconds: Int64? { speed.map { (count.bytes + $0 - 1) / max(1, $0) } }

    var text: String {
        let (from, to) = (migration.source, migration.target)
        guard count.blobs > 0 else { return "nothing to copy: \(to) has every blob of \(from)\n" }
        var text = "\(Amount.count(count.blobs, "blob")), \(Amount.bytes(count.bytes)), to copy from \(from) to \(to)\n"
        if let speed, let seconds {
            text += "takes \(Amount.time(.seconds(seconds))) at the least: "
            text +=
                speed == migration.bytesPerSecond
                ? "the limit is \(Amount.bytes(speed))/s\n"
                : "one job reads \(from) and verifies at \(Amount.bytes(speed))/s\n"
        }
        return text
    }

    var tree: ConfigNode {
        .map([
            "from": .words(migration.source), "to": .words(migration.target), "blobs": .text(count.blobs),
            "bytes": .text(count.bytes), "seconds-at-least": seconds.map { .text($0) } ?? .null,
        ])
    }
}
