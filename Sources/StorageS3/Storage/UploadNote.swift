import Glibc
import NIOCore
import RegistryCore

/// What multipart uploads an upload session has begun, in a file beside its spool: a line before, a line with the id
/// after. After a crash this says what to end, where no checkpoint does.
///
///     begin sha256/9f/9f86….4c2f0e7a-…
///     begun sha256/9f/9f86….4c2f0e7a-… 2~8OGc…
///     begin sha256/9f/9f86….4c2f0e7a-…            there may be another one, or will be
///     completed 2~8OGc…                           it has become an object; what else there is has not ended yet
struct UploadNote: Sendable, Hashable {
    struct Begun: Sendable, Hashable {
        var key: ObjectKey
        var uploadID: String
    }
    /// Whose id is known.
    var begun: [Begun] = []
    /// Keys of which nobody knows whether a multipart upload was begun, and with which id.
    var uncertain: [ObjectKey] = []
    /// The id of the one that has become the blob's object.
    var completed: String?

    init() {}

    /// nil: there is no file. Blocks.
    init?(_ folder: SpoolFolder, _ id: UploadID) throws(StorageError) {
        let path = folder.note(id)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .spool("open", path)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .spool("read", path) }
        self.init(String(decoding: bytes[..<count], as: UTF8.self))
    }

    func speaksOfMore(than multipart: S3Checkpoint.Multipart?) -> Bool {
        !uncertain.isEmpty || begun.contains { $0.uploadID != multipart?.uploadID }
    }

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 2, words[0] == "begin" {
                uncertain.append(ObjectKey(words[1]))
            } else if words.count == 3, words[0] == "begun" {
                let key = ObjectKey(words[1])
                begun.append(Begun(key: key, uploadID: words[2]))
                if let index = uncertain.firstIndex(of: key) { uncertain.remove(at: index) }
            } else if words.count == 2, words[0] == "completed" {
                completed = words[1]
            }
        }
    }

    /// All of the lines, or none. Blocks.
    static func append(_ lines: [String], _ folder: SpoolFolder, _ id: UploadID) throws(StorageError) {
        folder.enter(id)
        let path = folder.note(id)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .spool("create", path) }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        let bytes = Array(lines.map { "\($0)\n" }.joined().utf8)
        errno = 0
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            // A write that a full disk cut short has no errno. Half a line would name an upload that is none.
            if errno == 0 { errno = ENOSPC }
            let error = StorageError.spool("write", path)
            if end >= 0 { ftruncate(descriptor, end) }
            throw error
        }
    }

    /// Leaves nothing in the file but `kept`, which a checkpoint speaks of too, and what stays uncertain: what could not be found
    /// may still come. Blocks.
    func replace(with kept: S3Checkpoint.Multipart?, _ folder: SpoolFolder, _ id: UploadID) throws(StorageError) {
        let path = folder.note(id)
        if unlink(path) != 0, errno != ENOENT { throw .spool("unlink", path) }
        let lines = kept.map { ["begun \($0.key) \($0.uploadID)"] } ?? []
        try Self.append(lines + uncertain.map { "begin \($0)" }, folder, id)
    }
}
