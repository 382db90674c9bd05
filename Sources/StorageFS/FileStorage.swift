import Glibc
public import Logging
import NIOCore
public import RegistryCore

/// Blobs in files below one folder, on a local disk or whatever is mounted there. One process at a time takes sessions' uploads
/// in it; others may make copies beside that, each under an id of its own.
public final class FileStorage: BlobStorage {
    /// What a checkpoint says beside its offset: the layout's version, for those who come after us, and which opening of the
    /// storage made it. What this one has synced needs no second fdatasync; of what others did one does not know what they did
    /// after it.
    let checkpointState: [UInt8] = [1] + (0..<8).map { _ in UInt8.random(in: 0...255) }
    /// Bytes.
    package static let mostUploadMemory = 64 << 20

    let layout: Layout
    let threads = IOThreads()
    let folders: Folders
    let live = LiveUploads()
    let memory: UploadMemory
    let marker: Marker
    private let lock: RootLock?
    private let isInMemory: Bool
    private let logger: Logger

    /// Opens the storage in the folder `root`, and makes it if there is nothing yet. Blocks.
    ///
    /// Throws ``StorageError`` when the folder is somebody else's or not to be had: `unavailable` when another process, or
    /// another backend of this one, has it open.
    public convenience init(root: String, logger: Logger) throws {
        try self.init(root: root, logger: logger, exclusive: true)
    }

    /// - Parameters:
    ///   - exclusive: nobody else may have the root open like this for as long as this lives. Without it no lock is taken or
    ///     looked at.
    ///   - uploadMemory: what all uploads together may have waiting for the disk, in bytes, before each waits for its own.
    ///   - installation: the id that it gets if there is nothing yet; nil: then it is not made, and `unavailable`.
    package init(
        root: String,
        logger: Logger,
        exclusive: Bool,
        uploadMemory: Int = mostUploadMemory,
        installation: String? = UploadID().description
    ) throws {
        memory = UploadMemory(limit: uploadMemory)
        layout = try Layout(absolute: root)
        folders = Folders(layout)
        marker = try Marker.open(layout, installation: installation)
        lock = exclusive ? try RootLock(layout, logger) : nil
        try Folders.makePath(layout.uploads)
        try Folders.makePath(layout.blobs)
        try Folders.sync(layout.root)
        isInMemory = FileSystemKind(of: layout.root)?.isInMemory ?? false
        self.logger = logger
        logger.debug("file storage", metadata: ["root": "\(layout.root)", "installation": "\(marker.installation)"])
    }

    /// The folder it is in, as an absolute path.
    public var root: String { layout.root }

    public var limits: StorageLimits { StorageLimits() }

    public var installation: StorageInstallation? {
        StorageInstallation(id: marker.installation, place: layout.marker)
    }

    /// Touches no disk yet: the file is made with its first write.
    public func upload(_ plan: UploadPlan) async throws -> any BlobUpload {
        FileUpload(
            UploadFile(plan, folders: folders, live: live), threads: threads, memory: memory, at: 0,
            state: checkpointState)
    }

    /// Opens the file and cuts it, so that a lost checkpoint shows here and not when bytes have come.
    public func resume(_ plan: UploadPlan, from checkpoint: UploadCheckpoint) async throws -> any BlobUpload {
        // A checkpoint at 0 has no file: going on from there is beginning.
        guard checkpoint.offset > 0 else { return try await upload(plan) }
        guard checkpoint.state.first == checkpointState[0] else {
            throw StorageError(.checkpointLost, "upload \(plan.id): a checkpoint of another kind, \(checkpoint.state)")
        }
        let file = UploadFile(plan, folders: folders, live: live)
        let isOurs = checkpoint.state == checkpointState
        // Its name and inode are cached where this process wrote it.
        if !isOurs || !file.openAtHand(at: checkpoint.offset, isSynced: true) {
            try await threads.run { try file.open(at: checkpoint.offset, isSynced: isOurs) }
        }
        return FileUpload(file, threads: threads, memory: memory, at: checkpoint.offset, state: checkpointState)
    }

    public func discard(_ plan: UploadPlan, _ checkpoint: UploadCheckpoint?) async throws {
        try await threads.run { [layout, live] in
            live.evict(plan.id)?.close()
            if try layout.remove(layout.upload(plan.id)) { try Folders.sync(layout.uploads) }
            if plan.digest != nil { _ = try layout.remove(try layout.object(plan.key)) }
        }
    }

    /// Opens the file at once, on its caller: a name and an inode that are cached are there in two microseconds, and sendfile
    /// does the rest elsewhere.
    public func read(_ object: StoredObject, _ range: Range<Int64>) async throws -> BlobContent {
        .file(try slice(of: object, range))
    }

    public func delete(_ keys: [ObjectKey]) async -> [ObjectKey: any Error] {
        let layout = layout
        let failures = try? await threads.run {
            var (failures, respite) = ([ObjectKey: any Error](), Respite())
            for key in keys {
                respite.take()
                do { _ = try layout.remove(try layout.object(key)) } catch { failures[key] = error }
            }
            return failures
        }
        return failures ?? [:]
    }

    public func objects(after: ObjectKey?) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        FileObjects(layout: layout, threads: threads, after: after)
    }

    public func foreignObjects(below path: ObjectKey) -> any AsyncSequence<StoredObject, any Error> & Sendable {
        ForeignFiles(layout: layout, threads: threads, path: path)
    }

    public func unfinished() -> any AsyncSequence<UploadID, any Error> & Sendable {
        UnfinishedUploads(layout: layout, threads: threads)
    }

    public func ready() async throws {
        try await threads.run { [layout, marker] in try marker.check(layout) }
    }

    public func diagnose() async -> [Finding] {
        let diagnosis = FileDiagnosis(layout: layout)
        return (try? await threads.run { diagnosis.findings() }) ?? []
    }

    private func slice(of object: StoredObject, _ range: Range<Int64>) throws(StorageError) -> FileSlice {
        let path = try layout.object(object.key)
        let file: Descriptor
        do {
            file = try Syscall.open(path, O_RDONLY)
        } catch {
            if error == .missing { try layout.checkRoot() }
            throw .reading(path, error)
        }
        let size: Int64
        do { size = Int64(try Syscall.fstat(file).st_size) } catch { throw .stat(path, error) }
        guard size == object.size else {
            throw StorageError(
                .objectDamaged, "\(path) is damaged: it has \(size) bytes and ought to have \(object.size)")
        }
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw StorageError(.failed, "\(path) has no bytes \(range): it has \(size)")
        }
        return FileSlice(
            owning: file.release(), offset: range.lowerBound, length: Int64(range.count), isInMemory: isInMemory)
    }
}
