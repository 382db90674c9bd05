import Dispatch
import RegistryCore
import Synchronization

@testable import MetadataSQL

/// A collection that has decided what goes, and stands still within its transaction: whoever reads sees what was there before, and
/// whoever writes comes after it. It goes on as soon as somebody waits for that.
final class HeldCollection: Sendable {
    private let store: SQLiteStore
    private let gate = DispatchSemaphore(value: 0)
    private let isOpen = Atomic(false)
    private let collection = Mutex<Task<[Digest], any Error>?>(nil)

    init(_ store: SQLiteStore) { self.store = store }

    var isOver: Bool { isOpen.load(ordering: .acquiring) }

    /// Returns when it stands still. Does nothing the second time.
    func begin(touchedBefore time: Timestamp) async {
        let (decided, decision) = AsyncStream<Void>.makeStream()
        let isFirst = collection.withLock { collection in
            guard collection == nil else { return false }
            collection = Task { [store, gate] in
                defer { decision.finish() }
                // The store's own thread asks, and nobody else waits on that.
                return try await store.collectBlobs(touchedBefore: time, limit: 100) { _ in
                    decision.finish()
                    gate.wait()
                    gate.signal()
                    return time
                }.removed.map(\.digest)
            }
            return true
        }
        guard isFirst else { return }
        for await _ in decided {}
        Task { [store] in
            while store.writer.backlog == 0, !isOver { await Task.yield() }
            open()
        }
    }

    /// What it has removed.
    func end() async throws -> [Digest] {
        open()
        return try await collection.withLock { $0 }?.value ?? []
    }

    private func open() {
        isOpen.store(true, ordering: .releasing)
        gate.signal()
    }
}
