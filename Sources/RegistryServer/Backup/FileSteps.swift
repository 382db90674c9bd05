import RegistryCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What is done to the files of databases, each step with its own error. Everything blocks.
enum FileSteps {
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func names(in folder: String) throws(CommandFailure) -> [String] {
        guard let stream = opendir(folder) else { throw failure("reading", folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    /// Makes an empty file, for its owner only. What is there already is an error.
    static func create(_ path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("making", path) }
        close(descriptor)
    }

    /// The whole file, to be read.
    static func slice(_ path: String) throws(CommandFailure) -> FileSlice {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let failure = failure("opening", path)
            close(descriptor)
            throw failure
        }
        return FileSlice(owning: descriptor, offset: 0, length: Int64(status.st_size))
    }

    static func size(_ path: String) throws(CommandFailure) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("opening", path) }
        return Int64(status.st_size)
    }

    /// Makes a file's content survive power loss, or which names are in a folder.
    static func sync(_ path: String) throws(CommandFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("syncing", path) }
    }

    static func rename(_ path: String, to new: String) throws(CommandFailure) {
        #if canImport(Glibc)
            let result = Glibc.rename(path, new)
        #else
            let result = Musl.rename(path, new)
        #endif
        guard result == 0 else { throw failure("renaming \(path) to", new) }
    }

    /// Gives a file a second name; where there are no second names, a new one.
    static func keep(_ path: String, as new: String) throws(CommandFailure) {
        if link(path, new) == 0 { return }
        guard [EPERM, EOPNOTSUPP, EMLINK, ENOSYS].contains(errno) else { throw failure("keeping \(path) as", new) }
        try rename(path, to: new)
    }

    /// What is not there need not be removed.
    static func remove(_ path: String) throws(CommandFailure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("removing", path) }
    }

    static func folder(of path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return folder.isEmpty ? "/" : folder
    }

    private static func failure(_ what: String, _ path: String) -> CommandFailure {
        CommandFailure(.failure, "\(what) \(path): \(errnoText())")
    }
}
