import MetadataSQL
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import RegistryCore

/// A scrub of the first backend of a ``MovingWorld``, and what it says.
extension MovingWorld {
    final class ScrubLog: Sendable {
        private let list = Mutex<[ScrubEvent]>([])
        func add(_ event: ScrubEvent) { list.withLock { $0.append(event) } }

        var damaged: [DamagedBlob] {
            list.withLock { $0 }.compactMap { if case .damaged(let blob) = $0 { blob } else { nil } }
        }

        /// In short.
        var texts: [String] {
            list.withLock { $0 }.map { event in
                switch event {
                case .waiting(let backend, _): "waiting for \(backend ?? "metadata")"
                case .resumed(let backend): "\(backend ?? "metadata") is back"
                case .damaged: "damaged"
                case .repaired(_, let source): "repaired from \(source)"
                case .notRepaired(_, let source, _): "not repaired from \(source)"
                case .passed: "passed"
                case .unreadable: "unreadable"
                }
            }
        }
    }

    func scrubber(
        _ log: ScrubLog = ScrubLog(), on backend: String = "old", jobs: Int = 4, rate: Int64? = nil,
        repairs: Bool = false
    ) -> Scrubber {
        Scrubber(
            metadata: store, backends: backends,
            scrub: Scrub(backend: backend, jobs: jobs, bytesPerSecond: rate, repairs: repairs), time: time.copyTime,
            now: { [time] in time.now }, report: { log.add($0) })
    }

    /// Where a blob is on a backend.
    func object(_ digest: Digest, on backend: String = "old") throws -> StoredObject? {
        guard let blob = try store.blob(digest, in: app) else { return nil }
        return blob.locations.first { $0.backend == backend }.map { StoredObject(key: $0.key, size: blob.size) }
    }

    /// What the backend hands out instead of it from now on; nil: what it has.
    func replace(_ digest: Digest, by text: String?, on backend: String = "old") throws {
        guard let object = try object(digest, on: backend) else { return }
        let storage = backend == "old" ? source : target
        storage.damaged.withLock { $0[object.key] = text.map { ByteBuffer(string: $0) } }
    }

    /// Pushes an image of blobs that are there.
    func pushImage(_ config: Digest, _ layers: [Digest], as tags: String...) async throws {
        let tags = try tags.map { try #require(Tag($0)) }
        let manifest = ByteBuffer(string: OldRegistry.image(config, layers))
        _ = try await registry.putManifest(
            manifest, contentType: nil, as: .tag(try #require(tags.first)), tags: Array(tags.dropFirst()), in: app)
    }

    func damages(on backend: String = "old") throws -> [Digest] {
        try store.damages(on: backend, after: nil, limit: 100).map(\.blob.digest)
    }

    func progress() throws -> ScrubProgress? { try store.scrubs().first }
}
