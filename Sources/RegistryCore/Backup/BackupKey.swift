/// The key of a snapshot of the database in a backend: when it was made, and the id of its upload.
///
///     backups/20261123T093000Z.4c2f0e7a-…
package struct BackupKey: Sendable, Hashable {
    /// The folder of all of them.
    package static let folder = "backups"

    /// In whole seconds.
    package let time: Timestamp
    package let id: UploadID

    package init(time: Timestamp, id: UploadID) {
        self.time = time
        self.id = id
    }

    /// nil: it is not one.
    package init?(_ key: ObjectKey) {
        guard key.isBackup else { return nil }
        let name = key.description.dropFirst(Self.folder.count + 1)
        guard let dot = name.firstIndex(of: "."), let time = Timestamp(compact: name[..<dot]),
            let id = UploadID(name[name.index(after: dot)...])
        else { return nil }
        self.init(time: time, id: id)
    }

    package var key: ObjectKey { ObjectKey("\(Self.folder)/\(time.compact).\(id)") }
}

extension ObjectKey {
    /// It names a snapshot of the database: no row ever speaks of it, and it is no garbage.
    package var isBackup: Bool { description.utf8.starts(with: "\(BackupKey.folder)/".utf8) }
}
