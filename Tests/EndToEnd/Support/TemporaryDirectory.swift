import Foundation
import Glibc

/// A folder of its own below $TMPDIR, removed with everything in it when this goes.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/registryd-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp in \(base)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        Cleanup.add(directory: path)
    }

    deinit {
        removeTree(path)
        Cleanup.remove(directory: path)
    }

    /// The path of `name` in the folder.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let file = self(name)
        let parent = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// The content of a file.
func contents(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The paths of all files (not folders) below `path`, relative to it, in order. None if it does not exist.
func files(below path: String) -> [String] {
    let all = FileManager.default.subpaths(atPath: path) ?? []
    return all.filter { name in
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory)
            && !isDirectory.boolValue
    }.sorted()
}

func removeTree(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}

/// A system call that failed in a test's own machinery.
struct SystemError: Error, CustomStringConvertible {
    var message: String
    var code: CInt

    init(_ message: String, code: CInt = errno) {
        self.message = message
        self.code = code
    }

    var description: String { "\(message): \(String(cString: strerror(code)))" }
}
