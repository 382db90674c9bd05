import Glibc

/// The kind of file system that something is on, as mount(8) calls it.
struct FileSystemKind: Sendable, Hashable {
    let name: String

    init(_ name: String) { self.name = name }

    /// Of the file system that `path` is on; nil: the system does not say.
    init?(of path: String) {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        guard let table = try? Syscall.text(of: "/proc/self/mountinfo"),
            let name = Self.name(of: String(cString: resolved), in: table)
        else { return nil }
        self.init(name)
    }

    /// - Parameter table: /proc/self/mountinfo (proc(5)). Of two mounts at one place the later one is on top.
    static func name(of path: String, in table: String) -> String? {
        var best: (length: Int, name: String)?
        for line in table.split(separator: "\n") {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let place = fields[4].replacing("\\040", with: " ")
            let isAbove = place == "/" || path == place || path.hasPrefix(place + "/")
            if isAbove, place.utf8.count >= best?.length ?? 0 {
                best = (place.utf8.count, String(fields[dash + 1]))
            }
        }
        return best?.name
    }

    /// Nothing on it ever waits for a disk.
    var isInMemory: Bool { name == "tmpfs" || name == "ramfs" }

    /// What a registry has to fear of it; nil: nothing in particular.
    var risk: String? {
        switch name {
        case "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "gfs2", "ocfs2", "afs":
            "a network file system: locks, fsync and renames are only as good as its server and its mount options"
        case "tmpfs", "ramfs":
            "it is in memory, and gone when the machine stops"
        case "overlay":
            "in a container, it goes with the container"
        case "vfat", "msdos", "exfat":
            "it has no permissions, and loses files when power does"
        default:
            name.hasPrefix("fuse")
                ? "a program serves it: locks, fsync and renames are only as good as that program" : nil
        }
    }
}
