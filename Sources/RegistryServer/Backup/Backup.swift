import RegistryCore

/// Makes snapshots of the database, beside everything else that goes on.
struct Backup: Sendable {
    let store: any MetadataStore
    let backends: BackendSet
    /// The data folder.
    let data: String
    /// How many stay in a backend or a folder.
    let keep: Int

    func run(to place: BackupPlace) async throws -> BackupReport {
        let lock = try FileLock("\(data)/backup.lock") { who in
            "another process\(who) is making a snapshot in \(data); wait until it is done"
        }
        defer { withExtendedLifetime(lock) {} }
        let time = Timestamp.now
        let since = try await store.backedUpSince(time)
        switch place {
        case .backend(let name): return try await store(in: name, at: time, since: since)
        case .folder(let path): return try await write(into: path, at: time, since: since)
        case .file(let path):
            guard isMissing(path) else {
                throw CommandFailure(
                    .failure,
                    "\(path) is there already, and stays as it is; name another file, or a folder, where each snapshot "
                        + "gets a name of its own")
            }
            return BackupReport(place: path, time: time, size: try await write(path))
        }
    }

    /// When the newest snapshot in a place was made, not counting those of other databases, and of a clock that was wrong;
    /// nil: there is none.
    func newest(in place: BackupPlace) async throws -> Timestamp? {
        let since = try await store.backedUpSince(.now)
        let times: [Timestamp]
        switch place {
        case .backend(let name): times = try await BackendSnapshots.list(try storage(name)).map(\.time)
        case .folder(let path):
            times = try await offThread { isMissing(path) ? [] : try FolderSnapshots(folder: path).list().map(\.time) }
        case .file: times = []
        }
        return times.last { $0 >= since.inSeconds && $0 <= .now }
    }

    private func store(in backend: String, at time: Timestamp, since: Timestamp) async throws -> BackupReport {
        // One that a crash left is nobody's, as we have the lock.
        let draft = "\(data)/backup.db"
        try FileSteps.remove(draft)
        try FileSteps.create(draft)
        defer { try? FileSteps.remove(draft) }
        try await store.snapshot(to: draft)
        let snapshots = BackendSnapshots(metadata: store, backend: backend, storage: try storage(backend))
        let snapshot = try await snapshots.store({ try FileSteps.slice(draft) }, at: time)
        var report = BackupReport(
            place: "\(backend)/\(snapshot.object.key)", time: snapshot.time, size: snapshot.object.size)
        await report.note { try await snapshots.prune(keeping: keep, since: since) }
        return report
    }

    private func write(into folder: String, at time: Timestamp, since: Timestamp) async throws -> BackupReport {
        let snapshots = FolderSnapshots(folder: folder)
        let file = try await offThread {
            try DataFolder.make(folder)
            return try snapshots.next(at: time)
        }
        var report = BackupReport(place: file.path, time: file.time, size: try await write(file.path))
        await report.note { [keep] in
            try await offThread { try snapshots.prune(keeping: keep, since: since) }
        }
        return report
    }

    /// Under another name until all of it is there for good.
    private func write(_ path: String) async throws -> Int64 {
        let draft = path + FolderSnapshots.draftSuffix
        do {
            try FileSteps.remove(draft)
            try FileSteps.create(draft)
            try await store.snapshot(to: draft)
            return try await offThread {
                try FileSteps.sync(draft)
                let size = try FileSteps.size(draft)
                try FileSteps.rename(draft, to: path)
                try FileSteps.sync(FileSteps.folder(of: path))
                return size
            }
        } catch {
            try? FileSteps.remove(draft)
            throw error
        }
    }

    private func storage(_ name: String) throws -> any BlobStorage {
        guard let storage = backends.all[name] else {
            throw CommandFailure(.configuration, "the configuration has no backend \(name) for snapshots")
        }
        return storage
    }
}

struct BackupReport: Sendable {
    /// A path, or a backend's name and the key there.
    var place: String
    var time: Timestamp
    /// Bytes.
    var size: Int64
    /// How many older ones are gone.
    var removed = 0
    /// Why older ones are still there: no reason to think little of the new one.
    var problem: String?

    init(place: String, time: Timestamp, size: Int64) {
        self.place = place
        self.time = time
        self.size = size
    }

    fileprivate mutating func note(_ pruning: () async throws -> Int) async {
        do { removed = try await pruning() } catch { problem = "\(error)" }
    }

    var text: String {
        var text = "a snapshot of the database (\(Amount.bytes(size))) is in \(place)\n"
        if removed > 0 { text += "\(Amount.count(removed, "older one")) deleted\n" }
        return text
    }

    var tree: ConfigNode {
        .map([
            "place": .words(place), "time": .words(time), "bytes": .text(size), "removed": .text(removed),
            "problem": problem.map { .words($0) } ?? .null,
        ])
    }
}
