import RegistryCore

/// The snapshot that a database is to be restored from.
enum RestoreSource: Sendable, Hashable {
    case file(String)
    /// The newest in a folder.
    case folder(String)
    /// The one whose key begins like this behind its folder; nil: the newest.
    case backend(String, String?)

    /// Throws when there is no such thing.
    init(_ text: String, backends: [String], workingDirectory: String) throws(CommandFailure) {
        let path = absolutePath(text, workingDirectory)
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if backends.contains(text) {
            self = .backend(text, nil)
        } else if !isMissing(path) {
            self = FileSteps.isFolder(path) ? .folder(path) : .file(path)
        } else if parts.count == 2, backends.contains(parts[0]) {
            let folder = "\(BackupKey.folder)/"
            let name = parts[1].hasPrefix(folder) ? String(parts[1].dropFirst(folder.count)) : parts[1]
            self = .backend(parts[0], name.isEmpty ? nil : name)
        } else {
            throw CommandFailure(
                .usage,
                "\(text): there is no such file, and no such backend in storage.backends; there are: "
                    + backends.joined(separator: ", "))
        }
    }

    /// The one that is meant of those in a backend. The error says what there is.
    static func choose(_ name: String?, in backend: String, _ snapshots: [Snapshot]) throws(CommandFailure) -> Snapshot
    {
        guard let newest = snapshots.last else {
            throw CommandFailure(.failure, "backend \(backend) has no snapshot of a database")
        }
        guard let name else { return newest }
        let found = snapshots.filter { $0.object.key.description.dropFirst(BackupKey.folder.count + 1).hasPrefix(name) }
        guard let snapshot = found.last, found.count == 1 else {
            let what = found.isEmpty ? "no such snapshot" : "\(found.count) such snapshots"
            let list = snapshots.map { "\n  \(backend)/\($0.object.key)" }.joined()
            throw CommandFailure(.usage, "backend \(backend) has \(what): \(name); there are:\(list)")
        }
        return snapshot
    }
}
