#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The data folder, made if it is not there, and locked for as long as this value lives: two servers in one folder
/// would each end the other's uploads.
final class DataFolder: Sendable {
    private let lock: FileLock

    init(_ path: String) throws {
        try Self.make(path)
        lock = try FileLock(Self.lockFile(path)) { who in
            "another registryd\(who) serves from \(path); stop it, or choose another folder with --data"
        }
    }

    /// What a server has locked.
    static func lockFile(_ path: String) -> String { "\(path)/registryd.lock" }

    /// Makes a folder and those above it. Only the owner can look into the last.
    static func make(_ path: String) throws {
        let parts = path.split(separator: "/")
        for count in parts.indices {
            let folder = "/" + parts[...count].joined(separator: "/")
            let mode: mode_t = count == parts.count - 1 ? 0o700 : 0o755
            if mkdir(folder, mode) != 0, errno != EEXIST {
                // On the way down a folder may exist and still not be ours to make: that shows at the next one.
                let failure = errno
                if access(folder, F_OK) == 0 { continue }
                throw unusable(path, failure, at: folder)
            }
        }
        // Something else of that name may have been in the way. Who may not look into a folder hears of it later.
        if access("\(path)/.", F_OK) != 0, errno != EACCES { throw unusable(path, errno, at: path) }
    }

    private static func unusable(_ path: String, _ failure: CInt, at folder: String) -> CommandFailure {
        CommandFailure(
            .failure,
            "cannot make the data folder \(path): \(errnoText(failure)) (at \(folder)); choose another: --data"
        )
    }
}

/// Whether there is nothing at `path`. What cannot be looked at may be there.
func isMissing(_ path: String) -> Bool {
    access(path, F_OK) != 0 && errno == ENOENT
}

/// The system's words for an error number.
func errnoText(_ number: CInt = errno) -> String {
    String(cString: strerror(number))
}
