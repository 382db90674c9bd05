import Foundation
import Logging
import NIOCore
import RegistryCore

@testable import MetadataSQL

/// A store in a folder of its own, for as long as `body` runs.
func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
    try await withFolder { folder in
        let store = try openStore(in: folder)
        try await body(store)
        try await store.close()
    }
}

func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "metadata-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}

func openStore(in folder: URL, patience: Double = 5) throws -> SQLiteStore {
    try SQLiteStore(path: folder.appending(path: "registry.db").path, logger: logger, patience: patience)
}

let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

func name(_ text: String) throws -> RepositoryName { try some(RepositoryName(text)) }
func user(_ text: String) throws -> UserName { try some(UserName(text)) }
func pattern(_ text: String) throws -> RepositoryPattern { try some(RepositoryPattern(text)) }
func tag(_ text: String) throws -> Tag { try some(Tag(text)) }

/// A digest of a number's own.
func digest(_ number: Int) throws -> Digest {
    let hex = String(number, radix: 16)
    return try some(Digest(.sha256, hex: String(repeating: "0", count: 64 - hex.count) + hex))
}

func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

func session(_ repository: RepositoryName, touched: Int64 = 1) -> UploadSession {
    UploadSession(
        id: UploadID(),
        repository: repository,
        backend: "disk",
        algorithm: .sha256,
        created: time(1),
        touched: time(touched)
    )
}

func manifest(_ number: Int, _ references: [ManifestReference] = [], type: String? = nil) throws -> NewManifest {
    NewManifest(
        digest: try digest(number),
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        content: ByteBuffer(string: "{\"number\":\(number)}"),
        artifactType: type,
        annotations: type.map { "{\"type\":\"\($0)\"}" },
        references: references
    )
}

extension SQLiteStore {
    /// Of which nobody has too many.
    func createUpload(_ session: UploadSession) async throws {
        guard try await createUpload(session, limit: nil) else { throw Nothing() }
    }

    /// Pushes a blob as an upload of its own would.
    @discardableResult
    func push(_ digest: Digest, to repository: RepositoryName, at milliseconds: Int64 = 1) async throws -> BlobCommit {
        let session = session(repository)
        try await createUpload(session)
        let object = StoredObject(key: UploadPlan(id: session.id, digest: digest).key, size: 42)
        return try await commitBlob(digest, at: object, on: "disk", closing: session, at: time(milliseconds))
    }

    @discardableResult
    func put(_ manifest: NewManifest, _ tags: String..., in repository: RepositoryName) async throws -> ManifestCommit {
        try await putManifest(
            manifest,
            as: .digest(manifest.digest),
            tags: try tags.map { try tag($0) },
            in: repository,
            allowMissing: false,
            expecting: nil,
            at: time(1)
        )
    }

    func count(_ table: String) async throws -> Int64? {
        try await write("counting") { try $0.integer("SELECT COUNT(*) FROM \(table)") }
    }

    /// When a blob was last touched.
    func touched(_ digest: Digest) async throws -> Int64? {
        let sql = "SELECT touched FROM blobs WHERE digest = '\(digest)'"
        return try await write("looking") { try $0.integer(sql) }
    }
}

struct Nothing: Error {}

func some<T>(_ value: T?) throws -> T {
    guard let value else { throw Nothing() }
    return value
}

/// Waits until `condition` holds.
func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}
