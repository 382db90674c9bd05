import RegistryCore

/// The snapshots of the database in a folder: `registry-20261123T093000Z.db`. Everything here blocks.
struct FolderSnapshots: Sendable {
    let folder: String

    private static let prefix = "registry-"
    private static let suffix = ".db"
    /// Behind the name of one that is being written.
    static let draftSuffix = ".registryd-part"

    struct File: Sendable, Hashable {
        var path: String
        var time: Timestamp
    }

    /// The oldest first. Other files are none of ours.
    func list() throws(CommandFailure) -> [File] {
        try files(Self.suffix)
    }

    private func files(_ suffix: String) throws(CommandFailure) -> [File] {
        try FileSteps.names(in: folder).compactMap { name in
            guard name.hasPrefix(Self.prefix), name.hasSuffix(suffix),
                let time = Timestamp(compact: name.dropFirst(Self.prefix.count).dropLast(suffix.count))
            else { return nil }
            return File(path: "\(folder)/\(name)", time: time)
        }.sorted { $0.time < $1.time }
    }

    /// For one that is made at `time`, or a little later: it comes after all others.
    func next(at time: Timestamp) throws(CommandFailure) -> File {
        let newest = try list().last
        let time = newest.map { max(time.inSeconds, $0.time + .seconds(1)) } ?? time.inSeconds
        return File(path: "\(folder)/\(Self.prefix)\(time.compact)\(Self.suffix)", time: time)
    }

    /// Deletes all but the newest `count` of those made since `time`; never the newest. Older ones are another database's.
    ///
    /// - Returns: how many are gone.
    func prune(keeping count: Int, since time: Timestamp) throws(CommandFailure) -> Int {
        let old = try list().filter { $0.time >= time.inSeconds }.dropLast(max(count, 1))
        // Others are what a crash left, as one process at a time makes snapshots.
        let drafts = try files(Self.suffix + Self.draftSuffix)
        for file in old + drafts { try FileSteps.remove(file.path) }
        return old.count
    }
}
