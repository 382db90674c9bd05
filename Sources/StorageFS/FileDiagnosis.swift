import Glibc
import NIOCore
import RegistryCore

/// Whether a folder will do for a storage, tried out without opening it: a server may be using it meanwhile, or may not have
/// made it yet. Blocks.
struct FileDiagnosis: Sendable {
    let layout: Layout

    /// Begins as drafts of the marker do, which nobody takes for something foreign.
    private var probe: String { "\(layout.root)/registryd-storage.doctor-\(UploadID())" }

    func findings() -> [Finding] {
        let (folder, isThere) = folder()
        guard folder.verdict != .failed else { return [folder] }
        guard isThere else { return [folder, parent()] }
        return [folder, fileSystem()] + write() + [space(), inodes(), lock()].compactMap(\.self)
    }

    private func folder() -> (Finding, isThere: Bool) {
        do {
            if let marker = try Marker.read(layout) {
                return (Finding("folder", .ok, "\(layout.root) is installation \(marker.installation)"), true)
            }
            guard try Syscall.lstat(layout.root).st_mode & S_IFMT != S_IFREG else { throw Errno(code: ENOTDIR) }
            try Marker.refuseForeign(layout, in: Syscall.names(in: layout.root))
            let what = layout.holdsOtherRegistry ? "holds another registry's files and nothing else" : "is empty"
            return (Finding("folder", .ok, "\(layout.root) \(what); `registryd serve` makes a storage of it"), true)
        } catch let error as Errno where error == .missing {
            return (Finding("folder", .ok, "\(layout.root) is not there yet; `registryd serve` makes it"), false)
        } catch let error as Errno {
            return (.failed("folder", StorageError.list(layout.root, error), advice: "correct `root`"), false)
        } catch {
            let isWrong = (error as? StorageError)?.code == .misconfigured
            return (.failed("folder", error, advice: isWrong ? "correct `root`" : nil), true)
        }
    }

    /// Where the folder is not there, somebody has to be able to make it.
    private func parent() -> Finding {
        var path = layout.root[...]
        while let slash = path.lastIndex(of: "/") {
            path = path[..<slash]
            let folder = path.isEmpty ? "/" : String(path)
            guard access(folder, F_OK) == 0 else { continue }
            guard access(folder, W_OK | X_OK) == 0 else {
                return Finding(
                    "writing", .failed, "\(layout.root) cannot be made: \(folder): \(Errno.current)",
                    advice: "give the server's user that folder, or correct `root`", code: .misconfigured)
            }
            return Finding("writing", .ok, "\(folder) can be written to")
        }
        return Finding("writing", .failed, "\(layout.root) has no folder above it", code: .misconfigured)
    }

    private func fileSystem() -> Finding {
        guard let kind = FileSystemKind(of: layout.root) else {
            return Finding("file system", .unsupported, "the system does not say what kind it is")
        }
        guard let risk = kind.risk else { return Finding("file system", .ok, kind.name) }
        return Finding("file system", .degraded, "\(kind.name): \(risk)", advice: "put `root` on a local disk")
    }

    /// As an upload does it: write, sync, rename, sync the folder, read.
    private func write() -> [Finding] {
        let (draft, final) = (probe, probe)
        defer { for path in [draft, final] { try? Syscall.unlink(path) } }
        let bytes = ByteBuffer(repeating: 0x2a, count: 4096)
        do {
            let file = try Syscall.open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try file.write([bytes], at: 0)
            do {
                try Syscall.fdatasync(file)
                try Syscall.rename(draft, final)
                try Syscall.fsync(try Syscall.open(layout.root, O_RDONLY | O_DIRECTORY))
            } catch {
                return [
                    Finding("writing", .ok, "files can be made"),
                    .failed("sync", StorageError.fdatasync(draft, error), advice: "look after the disk"),
                ]
            }
            guard try Syscall.read(try Syscall.open(final, O_RDONLY), atMost: 8192).count == 4096 else {
                return [Finding("writing", .failed, "a file came back shorter than it was written", code: .failed)]
            }
        } catch let error as Errno {
            let advice = "let the server's user write to \(layout.root); run this as that user"
            return [.failed("writing", StorageError.creating(draft, error), advice: advice)]
        } catch {
            return [.failed("writing", error)]
        }
        return [owner, Finding("sync", .ok, "fdatasync and a folder's fsync work")]
    }

    private var owner: Finding {
        let owner = (try? Syscall.lstat(layout.root))?.st_uid ?? 0
        guard geteuid() == 0, owner != 0 else { return Finding("writing", .ok, "files can be made, renamed and read") }
        return Finding(
            "writing", .degraded, "root can write here, as everywhere; the folder is user \(owner)'s",
            advice: "run this as the server's user")
    }

    private func space() -> Finding {
        guard let system = try? Syscall.fstatvfs(try Syscall.open(layout.root, O_RDONLY | O_DIRECTORY)) else {
            return .failed("space", StorageError.fstatvfs(layout.root, .current))
        }
        guard system.f_flag & UInt(ST_RDONLY) == 0 else {
            return Finding("space", .failed, "the file system is mounted read-only", code: .unavailable)
        }
        let unit = Int64(clamping: system.f_frsize)
        let (free, all) = (Int64(clamping: system.f_bavail) * unit, Int64(clamping: system.f_blocks) * unit)
        let what = "\(free >> 20) MiB of \(all >> 20) MiB are free"
        return judge("space", what, free: free, all: all, least: 1 << 30, advice: "make room: pushes fail without")
    }

    /// nil: the file system does not count them.
    private func inodes() -> Finding? {
        guard let system = try? Syscall.fstatvfs(try Syscall.open(layout.root, O_RDONLY | O_DIRECTORY)),
            system.f_files > 0
        else { return nil }
        let (free, all) = (Int64(clamping: system.f_favail), Int64(clamping: system.f_files))
        return judge(
            "inodes", "\(free) of \(all) are free", free: free, all: all, least: 1000,
            advice: "make room: each blob takes one")
    }

    private func judge(
        _ probe: String, _ what: String, free: Int64, all: Int64, least: Int64, advice: String
    ) -> Finding {
        if free <= 0 { return Finding(probe, .failed, what, advice: advice, code: .full) }
        let isLow = free < least || free < all / 20
        return isLow ? Finding(probe, .degraded, what, advice: advice) : Finding(probe, .ok, what)
    }

    /// Asked of the system: to try the lock would keep a server from starting at that moment.
    private func lock() -> Finding? {
        guard let marker = try? Syscall.lstat(layout.marker), let table = try? Syscall.text(of: "/proc/locks") else {
            return nil
        }
        // 1: FLOCK  ADVISORY  WRITE 708 08:02:1310730 0 EOF
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK" else { continue }
            guard fields[5].split(separator: ":").last.flatMap({ UInt64($0) }) == UInt64(marker.st_ino) else {
                continue
            }
            return Finding("lock", .ok, "process \(fields[4]) serves from it")
        }
        return Finding("lock", .ok, "no server uses it at the moment")
    }
}
