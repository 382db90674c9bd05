#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The folder of the keys that sign access tokens. They are not in the database, so that a stolen one signs nothing.
///
///     DATA/token-keys/                     0700
///       .lock                              held by whoever adds or removes keys
///       .1767225600000-<kid>.pem.new       a key that is being written
///       1767225600000-<kid>.pem            0600; when it was made, in milliseconds since 1970, and the key's name
///
/// A file never changes: under its name it is whole from the first moment, and another key has another name. So a list of
/// the names tells whether anything changed.
struct KeyFolder: Sendable {
    let path: String

    private static let longestKey = 16 << 10
    private static let draftSuffix = ".new"

    init(_ path: String) {
        self.path = path
    }

    /// Makes the folder if there is none; the one above it has to be there.
    func make() throws(KeyFileError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .call("mkdir", path) }
    }

    var exists: Bool { access(path, F_OK) == 0 }

    /// While `body` runs, nobody else adds or removes keys.
    func withLock<T>(_ body: () throws -> T) throws -> T {
        let file = try KeyFile("\(path)/.lock", O_RDWR | O_CREAT, mode: 0o600)
        try file.lock()
        let result = Result(catching: body)
        // Not before: the lock goes with the file.
        _ = consume file
        return try result.get()
    }

    /// The keys, newest first, and why the first of those that could not be read could not.
    ///
    /// - Parameter known: keys that need no reading if their files are still there.
    func keys(known: [TokenKey] = []) throws(KeyFileError) -> (keys: [TokenKey], failure: KeyFileError?) {
        let known = Dictionary(known.map { ($0.fileName, $0) }) { $1 }
        var keys: [TokenKey] = []
        var failure: KeyFileError?
        for name in try names() where TokenKey.isFileName(name) {
            if let key = known[name] {
                keys.append(key)
                continue
            }
            do {
                // Between the list and now, a rotation may have removed it.
                if let key = try key(in: name) { keys.append(key) }
            } catch {
                failure = failure ?? error
            }
        }
        keys.sort { ($0.created, $0.kid) > ($1.created, $1.kid) }
        return (keys, failure)
    }

    private func key(in name: String) throws(KeyFileError) -> TokenKey? {
        let path = "\(path)/\(name)"
        guard let file = try KeyFile.openIfThere(path, O_RDONLY) else { return nil }
        return try TokenKey(fileName: name, pem: try file.content(atMost: Self.longestKey), path: path)
    }

    /// Adds a key, which is there after a power loss, or not at all. For who has the lock.
    func add(_ key: TokenKey) throws(KeyFileError) {
        // Nobody is at work on what others left behind who were stopped in here.
        for name in try names() where name.hasPrefix(".") && name.hasSuffix(Self.draftSuffix) {
            try remove(file: "\(path)/\(name)")
        }
        let final = "\(path)/\(key.fileName)"
        let draft = "\(path)/.\(key.fileName)\(Self.draftSuffix)"
        try write(key, to: draft)
        guard rename(draft, final) == 0 else { throw .call("rename \(draft) to", final) }
        try sync()
    }

    private func write(_ key: TokenKey, to draft: String) throws(KeyFileError) {
        let pem = try key.pem
        let file = try KeyFile(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try file.write(Array(pem.utf8))
        try file.sync()
    }

    /// For who has the lock.
    func remove(_ key: TokenKey) throws(KeyFileError) {
        try remove(file: "\(path)/\(key.fileName)")
        try sync()
    }

    private func remove(file: String) throws(KeyFileError) {
        guard unlink(file) == 0 || errno == ENOENT else { throw .call("unlink", file) }
    }

    private func sync() throws(KeyFileError) {
        try KeyFile(path, O_RDONLY | O_DIRECTORY).sync()
    }

    private func names() throws(KeyFileError) -> [String] {
        guard let folder = opendir(path) else { throw .call("open", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw .call("list", path) }
                return names
            }
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
    }
}
