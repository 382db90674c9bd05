import Foundation
import Glibc

/// A file system of a few MiB on a folder that a test has made. Mounting needs root, which CI is.
final class SmallDisk: Sendable {
    let path: String
    /// Goes after the mount.
    private let directory: TemporaryDirectory
    private let size: String

    /// On the folder `name` in `directory`, which is made.
    init(mebibytes: Int, on name: String, in directory: TemporaryDirectory) throws {
        self.directory = directory
        path = directory(name)
        size = "size=\(mebibytes)m"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try mount(0)
    }

    deinit { umount2(path, CInt(MNT_DETACH)) }

    private func mount(_ flags: UInt) throws {
        guard Glibc.mount("tmpfs", path, "tmpfs", flags, size) == 0 else {
            throw SystemError("mount of a tmpfs on \(path)")
        }
    }

    func makeReadOnly() throws { try mount(UInt(MS_REMOUNT | MS_RDONLY)) }

    func makeWritable() throws { try mount(UInt(MS_REMOUNT)) }

    /// Bytes that are free.
    var free: Int {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return 0 }
        return Int(system.f_bavail * system.f_bsize)
    }

    /// Takes all room but for `left` bytes, until ``clear()``.
    func fill(leaving left: Int = 0) throws {
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open \(filler)") }
        defer { close(descriptor) }
        let taken = free - left
        if taken > 0 {
            let code = posix_fallocate(descriptor, 0, off_t(taken))
            guard code == 0 else { throw SystemError("filling \(path)", code: code) }
        }
    }

    /// Makes room again.
    func clear() throws {
        guard unlink(filler) == 0 else { throw SystemError("unlink \(filler)") }
    }

    private var filler: String { path + "/filler" }

    /// The files on it but for what ``fill(leaving:)`` put there, with their sizes.
    func contents() throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for name in files(below: path) where name != "filler" {
            sizes[name] = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.size] as? Int
        }
        return sizes
    }
}

/// A folder that can be there or not, as what is mounted may: seen at `path`, kept elsewhere.
final class MountedFolder: Sendable {
    let path: String
    private let store: String
    private let directory: TemporaryDirectory

    init(on name: String, in directory: TemporaryDirectory) throws {
        self.directory = directory
        path = directory(name)
        store = directory(name + "-kept")
        for folder in [path, store] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try mount()
    }

    deinit { umount2(path, CInt(MNT_DETACH)) }

    func mount() throws {
        guard Glibc.mount(store, path, nil, UInt(MS_BIND), nil) == 0 else { throw SystemError("mount on \(path)") }
    }

    /// What is open stays so, as with a disk that was pulled out.
    func unmount() throws {
        guard umount2(path, CInt(MNT_DETACH)) == 0 else { throw SystemError("unmount of \(path)") }
    }
}
