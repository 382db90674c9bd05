internal import Glibc

/// By what a file is seen to be another than before, or to have been written to.
struct FileIdentity: Sendable, Hashable {
    private let device, inode: UInt64
    private let size: Int64
    private let modified, changed: [Int]

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        // Who restores a file may set the other time back.
        changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    /// nil: there is no such file.
    init?(path: String) throws(HtpasswdFileError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let code = errno
            if code == ENOENT { return nil }
            throw .cannotRead(path, code)
        }
        self.init(status)
    }
}

/// A file's bytes, and what it was before they were read: what is written meanwhile makes it another. nil: there is
/// no such file.
func readFile(at path: String) throws(HtpasswdFileError) -> (bytes: [UInt8], FileIdentity)? {
    // Opening a named pipe would wait for somebody who writes to it.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
        let code = errno
        if code == ENOENT { return nil }
        throw .cannotRead(path, code)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .cannotRead(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw HtpasswdFileError("\(path) is not a file") }

    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(file, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw .cannotRead(path, errno) }
        if count == 0 { return (bytes, FileIdentity(status)) }
        bytes += chunk[..<count]
        guard bytes.count <= 16 << 20 else { throw HtpasswdFileError("\(path) is larger than 16 MiB") }
    }
}

extension HtpasswdFileError {
    fileprivate static func cannotRead(_ path: String, _ code: CInt) -> HtpasswdFileError {
        HtpasswdFileError("cannot read \(path): \(String(cString: strerror(code)))")
    }
}
