import Foundation
import Glibc
import Logging
import NIOCore
import RegistryCore
import StorageFS

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/registryd-test-\(UploadID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Quiet storages below one temporary folder.
struct Disk {
    let folder: TemporaryFolder
    /// The storage's root.
    let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = folder.path + "/root"
    }

    /// As often as a test likes: what a process that died leaves is looked at while its storage is still an object here.
    func open() throws -> FileStorage { try FileStorage(root: root, logger: .quiet, exclusive: false) }

    func uploadFile(_ id: UploadID) -> String { "\(root)/uploads/\(id)" }

    func objectFile(_ key: ObjectKey) -> String { "\(root)/blobs/\(key)" }

    /// A file at a path from the root, and the folders above it.
    func write(_ text: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: ((root + path) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: root + path))
    }

    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: root + path, withIntermediateDirectories: true)
    }

    /// Every file below the root but the marker, relative to it, in order.
    func files() throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: root)
        return all.filter { path in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder)
            return exists && !isFolder.boolValue && path != "registryd-storage"
        }.sorted()
    }
}

extension Logger {
    static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Some digest. The storage trusts its caller and verifies none.
let anyDigest = Digest(.sha256, hexByte: "9f")

extension Digest {
    init(_ algorithm: Algorithm, hexByte: String) {
        let hex = String(repeating: hexByte, count: algorithm.hexLength / 2)
        guard let digest = Digest("\(algorithm.rawValue):\(hex)") else { preconditionFailure("\(hex) is no hash") }
        self = digest
    }
}

func bytes(_ count: Int, _ value: UInt8 = 7) -> ByteBuffer { ByteBuffer(repeating: value, count: count) }

extension BlobStorage {
    func push(_ bytes: ByteBuffer, digest: Digest = anyDigest) async throws -> StoredObject {
        let upload = try await upload(UploadPlan(id: UploadID(), digest: digest))
        try await upload.append(bytes)
        return try await upload.commit(as: digest)
    }

    func allKeys() async throws -> [ObjectKey] {
        var keys: [ObjectKey] = []
        for try await object in objects(after: nil) { keys.append(object.key) }
        return keys
    }
}

/// The code of the StorageError that `body` throws; nil: it does not throw, or something else.
func code(_ body: () async throws -> Void) async -> StorageError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StorageError)?.code
    }
}

/// The targets of this process's descriptors.
func openFiles() -> [String] {
    let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return descriptors.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
}

/// Waits until `condition` holds.
func until(_ condition: () throws -> Bool) async rethrows {
    while try !condition() { await Task.yield() }
}
