import NIOCore
import Synchronization

@testable import RegistryCore

/// The files of a distribution registry, in memory. Everything but reading and listing them fails.
final class OldRegistry: BlobStorage {
    struct State {
        var files: [ObjectKey: ByteBuffer] = [:]
        var reads: [ObjectKey] = []
        /// Reading these fails so.
        var failures: [ObjectKey: StorageError.Code] = [:]
    }

    let state = Mutex(State())
    let layout: DistributionLayout

    init(root: String = "/") throws {
        guard let layout = DistributionLayout(root: root) else { throw StorageError(.failed, "no root: \(root)") }
        self.layout = layout
    }

    // MARK: What it holds

    func write(_ text: String, to key: ObjectKey) {
        state.withLock { $0.files[key] = ByteBuffer(string: text) }
    }

    func remove(_ key: ObjectKey) {
        state.withLock { _ = $0.files.removeValue(forKey: key) }
    }

    func fail(_ key: ObjectKey, _ code: StorageError.Code?) {
        state.withLock { $0.failures[key] = code }
    }

    /// What was read since this was asked for last.
    func takeReads() -> [String] {
        state.withLock { state in
            defer { state.reads = [] }
            return state.reads.map(\.description).sorted()
        }
    }

    func link(_ path: String, _ digest: Digest, in repository: String) -> ObjectKey {
        let place = "\(digest.algorithm.rawValue)/\(digest.hex)/link"
        return ObjectKey("\(layout.repositories)/\(repository)/\(path)/\(place)")
    }

    func layerLink(_ digest: Digest, in repository: String) -> ObjectKey { link("_layers", digest, in: repository) }

    func pushBlob(_ text: String, to repository: String, _ algorithm: Digest.Algorithm = .sha256) -> Digest {
        let digest = RegistryCoreTests.digest(of: text, algorithm)
        write(text, to: layout.data(of: digest))
        write("\(digest)", to: layerLink(digest, in: repository))
        return digest
    }

    @discardableResult
    func pushManifest(_ text: String, to repository: String, as tags: String...) -> Digest {
        let digest = RegistryCoreTests.digest(of: text)
        write(text, to: layout.data(of: digest))
        write("\(digest)", to: link("_manifests/revisions", digest, in: repository))
        for tag in tags {
            write("\(digest)", to: layout.current(tag, in: repository))
            write("\(digest)", to: link("_manifests/tags/\(tag)/index", digest, in: repository))
        }
        return digest
    }

    /// An image of one layer.
    @discardableResult
    func pushImage(_ name: String, to repository: String, as tags: String...) -> (manifest: Digest, layer: Digest) {
        let texts = ["{\"config\":\"\(name)\"}", "layer of \(name)"]
        let (config, layer) = (pushBlob(texts[0], to: repository), pushBlob(texts[1], to: repository))
        let sizes = [config: texts[0].utf8.count, layer: texts[1].utf8.count]
        let manifest = pushManifest(Self.image(config, [layer], sizes: sizes), to: repository)
        for tag in tags { write("\(manifest)", to: layout.current(tag, in: repository)) }
        return (manifest, layer)
    }

    /// - Parameter sizes: Of blobs, as the manifest is to say; 1 for others.
    static func image(_ config: Digest, _ layers: [Digest], sizes: [Digest: Int] = [:]) -> String {
        let list = layers.map {
            "{\"mediaType\":\"application/x-layer\",\"digest\":\"\($0)\",\"size\":\(sizes[$0] ?? 1)}"
        }
        return """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
            "config":{"mediaType":"application/x-config","digest":"\(config)","size":\(sizes[config] ?? 1)},\
            "layers":[\(list.joined(separator: ","))]}
            """
    }

    static func index(_ children: [Digest], type: String = "application/vnd.oci.image.manifest.v1+json") -> String {
        let list = children.map { "{\"mediaType\":\"\(type)\",\"digest\":\"\($0)\",\"size\":1}" }
        return """
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",\
            "manifests":[\(list.joined(separator: ","))]}
            """
    }

    // MARK: BlobStorage

    var limits: StorageLimits { StorageLimits() }

    func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        let bytes = try state.withLock { state in
            state.reads.append(object.key)
            if let code = state.failures[object.key] { throw StorageError(code, "as the test says") }
            guard let bytes = state.files[object.key] else { throw StorageError(.objectMissing, "not there") }
            guard let slice = bytes.getSlice(at: Int(range.lowerBound), length: range.count) else {
                throw StorageError(.failed, "no bytes \(range)")
            }
            return slice
        }
        return .stream(
            AsyncThrowingStream { continuation in
                continuation.yield(bytes)
                continuation.finish()
            })
    }

    func foreignObjects(below path: ObjectKey) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        // A dictionary's order is any order.
        let found = state.withLock { state in
            state.files.filter { $0.key.description.hasPrefix(path.description + "/") }
                .map { StoredObject(key: $0, size: Int64($1.readableBytes)) }
        }
        return AsyncThrowingStream { continuation in
            for object in found { continuation.yield(object) }
            continuation.finish()
        }
    }

    private var refusal: StorageError { StorageError(.failed, "nothing of an old registry is changed") }

    func upload(_ plan: UploadPlan) async throws -> any BlobUpload { throw refusal }

    func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload { throw refusal }

    func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws { throw refusal }

    func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, refusal) })
    }

    func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        AsyncThrowingStream { $0.finish() }
    }

    func ready() async throws {}
}
