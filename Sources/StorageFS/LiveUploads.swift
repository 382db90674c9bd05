import RegistryCore
import Synchronization

/// Which file object is the current one of each upload.
///
/// A request that ends early leaves its last write under way. The next request to the upload may come before that is done: it goes
/// on from the checkpoint, and from then on the earlier one must not write into the same file.
final class LiveUploads: Sendable {
    private struct Entry {
        weak var file: UploadFile?
        let serial: UInt64
    }

    private struct State {
        var entries: [UploadID: Entry] = [:]
        var serial: UInt64 = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }

    /// A number for ``enter(_:)``.
    func nextSerial() -> UInt64 {
        state.withLock { state in
            state.serial += 1
            return state.serial
        }
    }

    /// Makes `file` the current one. The one that was is returned, and takes no more writes; one may still be under way.
    func enter(_ file: UploadFile) -> UploadFile? {
        let earlier = state.withLock { state in
            let earlier = state.entries[file.plan.id]?.file
            state.entries[file.plan.id] = Entry(file: file, serial: file.serial)
            return earlier
        }
        earlier?.supersede()
        return earlier
    }

    /// Takes the upload's file away from whoever has it.
    func evict(_ id: UploadID) -> UploadFile? {
        let file = state.withLock { $0.entries.removeValue(forKey: id)?.file }
        file?.supersede()
        return file
    }

    func leave(_ id: UploadID, _ serial: UInt64) {
        state.withLock { state in
            if state.entries[id]?.serial == serial { state.entries[id] = nil }
        }
    }
}
