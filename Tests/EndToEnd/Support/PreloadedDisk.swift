import Foundation

/// `Preload/disk.c`, built: a disk that is slow, holds, or keeps a record of what happened in which order.
struct PreloadedDisk {
    let directory: TemporaryDirectory
    private let library: String
    var trace: String { directory("trace") }
    var hold: String { directory("hold") }
    var armed: String { directory("armed") }

    init() throws {
        directory = try TemporaryDirectory()
        library = directory("disk.so")
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Preload/disk.c").path
        try run("cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl")
    }

    /// For the server.
    func environment(_ more: [String: String] = [:]) -> [String: String] {
        ["LD_PRELOAD": library, "DISK_TRACE": trace].merging(more) { $1 }
    }

    /// What happened so far, in order.
    func events() throws -> [String] {
        String(decoding: try contents(of: trace), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func create(_ file: String) throws {
        try Data().write(to: URL(fileURLWithPath: file))
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: file)
    }
}
