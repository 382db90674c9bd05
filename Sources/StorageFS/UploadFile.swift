import Glibc
import NIOCore
import RegistryCore
import Synchronization

/// The file of an upload. Everything here blocks, but for ``supersede()`` and ``openAtHand(at:isSynced:)``, and belongs on
/// ``IOThreads``, one call at a time; the lock is there for a later request to the same upload.
final class UploadFile: Sendable {
    struct State: ~Copyable {
        var descriptor: Descriptor?
        /// Every byte survives power loss, and the size does.
        var isSynced = false
        /// Who had the file before, until it has stopped writing.
        var earlier: UploadFile?
    }

    let plan: UploadPlan
    let serial: UInt64
    let path: String
    let folders: Folders
    private let live: LiveUploads
    private let isSuperseded = Atomic(false)
    private let state: Mutex<State>

    init(_ plan: UploadPlan, folders: Folders, live: LiveUploads) {
        self.plan = plan
        self.folders = folders
        self.live = live
        path = folders.layout.upload(plan.id)
        serial = live.nextSerial()
        state = Mutex(State())
        let earlier = live.enter(self)
        state.withLock { $0.earlier = earlier }
    }

    // The descriptor goes with the state; the file stays for whoever resumes.
    deinit { live.leave(plan.id, serial) }

    /// Opens the file that is there, and cuts it to `offset`, up to which it may be synced already.
    func open(at offset: Int64, isSynced: Bool) throws {
        try withState { state in
            let file: Descriptor
            do throws(Errno) {
                file = try Syscall.open(path, O_WRONLY)
            } catch .missing {
                file = try reopenCommitted()
            } catch {
                throw StorageError.resuming(path, error)
            }
            let size = try size(file)
            guard size >= offset else {
                throw StorageError(.checkpointLost, "\(path) has \(size) bytes of the \(offset) that were saved")
            }
            if size > offset {
                do throws(Errno) {
                    try Syscall.ftruncate(file, offset)
                } catch {
                    throw StorageError.ftruncate(path, error)
                }
                // Whoever opens it next must not take a size for durable that only memory knows.
                do throws(Errno) { try Syscall.fdatasync(file) } catch { throw StorageError.fdatasync(path, error) }
            }
            state.descriptor = consume file
            state.isSynced = isSynced
        }
    }

    /// The same where it takes no time, as most often: nobody else has the file, and it ends at `offset`. False: it would, and
    /// nothing was done.
    func openAtHand(at offset: Int64, isSynced: Bool) -> Bool {
        state.withLock { state in
            guard state.earlier == nil, let file = try? Syscall.open(path, O_WRONLY),
                let status = try? Syscall.fstat(file), Int64(status.st_size) == offset
            else { return false }
            state.descriptor = consume file
            state.isSynced = isSynced
            return true
        }
    }

    func write(_ buffers: [ByteBuffer], at offset: Int64) throws {
        try withState { try write(buffers, at: offset, &$0) }
    }

    /// Writes the rest, and makes the bytes survive power loss; not so the file's name, as an upload that is missing is found out,
    /// and one with a hole in it is not.
    func checkpoint(_ buffers: [ByteBuffer], at offset: Int64) throws {
        try withState { state in
            try write(buffers, at: offset, &state)
            try sync(&state)
        }
    }

    /// Writes the rest, and makes the file the object `key` of `size` bytes.
    func commit(_ buffers: [ByteBuffer], at offset: Int64, size: Int64, as key: ObjectKey) throws {
        try withState { state in
            try write(buffers, at: offset, &state)
            try sync(&state)
            // Something else that cut the file would leave a hole where its bytes were.
            let actual = try withFile(&state) { try self.size($0) }
            guard actual == size else {
                throw StorageError(.failed, "\(path) is damaged: it has \(actual) bytes and ought to have \(size)")
            }
            try folders.move(path, to: try folders.layout.object(key), key)
            state.descriptor = nil
        }
    }

    /// Deletes the file, unless a later request has it.
    func remove() throws {
        try state.withLock { state in
            guard !isSuperseded.load(ordering: .acquiring) else { return }
            state.earlier?.close()
            state.earlier = nil
            state.descriptor = nil
            if try folders.layout.remove(path) { try Folders.sync(folders.layout.uploads) }
        }
    }

    /// Waits for the write that is under way, and closes the file.
    func close() {
        state.withLock { $0.descriptor = nil }
    }

    /// What comes after this fails. Does not wait.
    func supersede() { isSuperseded.store(true, ordering: .releasing) }

    private func withState(_ body: (inout State) throws -> Void) throws {
        try state.withLock { state in
            if isSuperseded.load(ordering: .acquiring) {
                throw StorageError(.unavailable, "upload \(plan.id): a later request goes on with it")
            }
            state.earlier?.close()
            state.earlier = nil
            try body(&state)
        }
    }

    private func withFile<T>(_ state: inout State, _ body: (borrowing Descriptor) throws -> T) throws -> T {
        if state.descriptor == nil {
            do {
                state.descriptor = try Syscall.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            } catch {
                throw StorageError.creating(path, error)
            }
        }
        switch state.descriptor {
        case .some(let file): return try body(file)
        case .none: throw StorageError(.failed, "\(path) is not open")
        }
    }

    private func write(_ buffers: [ByteBuffer], at offset: Int64, _ state: inout State) throws {
        if buffers.isEmpty { return }
        state.isSynced = false
        try withFile(&state) { file in
            do throws(Errno) {
                try file.write(buffers, at: offset)
            } catch {
                throw StorageError.write(path, error)
            }
        }
    }

    private func sync(_ state: inout State) throws {
        if state.isSynced { return }
        try withFile(&state) { file in
            do throws(Errno) { try Syscall.fdatasync(file) } catch { throw StorageError.fdatasync(path, error) }
        }
        state.isSynced = true
    }

    private func size(_ file: borrowing Descriptor) throws(StorageError) -> Int64 {
        do { return Int64(try Syscall.fstat(file).st_size) } catch { throw .stat(path, error) }
    }

    /// A process that died between the commit's rename and the row left the bytes where the object was to be: goes on from there.
    private func reopenCommitted() throws(StorageError) -> Descriptor {
        guard plan.digest != nil else { throw .resuming(path, .missing) }
        let object = try folders.layout.object(plan.key)
        do {
            try Syscall.rename(object, path)
        } catch .missing {
            try folders.layout.checkRoot()
            throw .resuming(path, .missing)
        } catch {
            throw .rename(object, path, error)
        }
        do { return try Syscall.open(path, O_WRONLY) } catch { throw .resuming(path, error) }
    }
}
