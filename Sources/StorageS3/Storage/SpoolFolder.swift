import Dispatch
import Glibc
import RegistryCore
import Synchronization

/// Where uploads keep on local disk what does not fill a part, and notes of their multipart uploads.
///
///     DATA/spool/<backend>/
///       4c2f0e7a-….0, 4c2f0e7a-….1    the beginning of a part. In turns: while one is written, the other is what
///                                     the upload's row still speaks of
///       4c2f0e7a-….parts              its multipart uploads (``UploadNote``)
///
/// Processes may share it: every file belongs to an upload, and an upload to one of them.
final class SpoolFolder: Sendable {
    let path: String
    /// Uploads of this process that have a file here, and those that had one when it began, so that asking costs nothing.
    private let known: Mutex<Set<UploadID>>
    private let start: @Sendable (_ job: @escaping @Sendable () -> Void) -> Void

    /// Makes the folder if there is none. Blocks.
    ///
    /// - Parameter start: Has a job run that blocks; nil: on threads of its own.
    init(_ path: String, start: (@Sendable (@escaping @Sendable () -> Void) -> Void)? = nil) throws(StorageError) {
        self.path = path
        let queue = DispatchQueue(label: "registry.spool", attributes: .concurrent)
        self.start = start ?? { job in queue.async { job() } }
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/\(component)"
            if mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR { throw .spool("mkdir", made) }
        }
        known = Mutex(try Self.uploads(in: path))
    }

    /// The uploads that have files here, whichever process made them. Blocks.
    func uploads() throws(StorageError) -> Set<UploadID> { try Self.uploads(in: path) }

    private static func uploads(in path: String) throws(StorageError) -> Set<UploadID> {
        guard let folder = opendir(path) else { throw .spool("open", path) }
        defer { closedir(folder) }
        var uploads: Set<UploadID> = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let id = UploadID(name.prefix { $0 != "." }) { uploads.insert(id) }
        }
        return uploads
    }

    /// Runs what may block.
    func run<T: Sendable>(_ job: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result(catching: job)) }
        }
    }

    func tail(_ id: UploadID, _ generation: Int) -> String { "\(path)/\(id).\(generation)" }

    func note(_ id: UploadID) -> String { "\(path)/\(id).parts" }

    func knows(_ id: UploadID) -> Bool { known.withLock { $0.contains(id) } }

    /// A file of this upload is about to be made.
    func enter(_ id: UploadID) { known.withLock { _ = $0.insert(id) } }

    /// Blocks. What is being sent from such a file still is sent.
    func removeTails(_ id: UploadID, but kept: Int?) throws(StorageError) {
        for path in [0, 1].filter({ $0 != kept }).map({ tail(id, $0) }) {
            if unlink(path) != 0, errno != ENOENT { throw .spool("unlink", path) }
        }
    }

    /// Removes everything of an upload. Blocks.
    func remove(_ id: UploadID) throws(StorageError) {
        for path in [tail(id, 0), tail(id, 1), note(id)] {
            if unlink(path) != 0, errno != ENOENT { throw .spool("unlink", path) }
        }
        known.withLock { _ = $0.remove(id) }
    }
}
