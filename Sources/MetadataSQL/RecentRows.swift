internal import CLinux
internal import RegistryCore

/// What was read lately, as long as nothing has been committed since: a pull of the same thing costs one look-up.
///
/// Whoever reads sees every commit that has returned, also of another process, as if the database had been asked. Any commit
/// empties it, which is as it should be: what changes often is no use to remember.
final class RecentRows<Key: Hashable & Sendable, Row: Sendable>: Sendable {
    /// One for each processor: what two of them use at the same time, each has to fetch from the other.
    private let shelves: [Shelf]

    private final class Shelf: Sendable {
        struct Content {
            /// nil: nothing is remembered any more.
            var index: LogIndex?
            var state: LogIndex.State?
            var rows: [Key: Row] = [:]
        }
        let content: Mutex<Content>

        init(_ index: LogIndex) {
            content = Mutex(Content(index: index))
        }
    }

    /// How many a shelf holds; it starts anew when there are more.
    private let capacity: Int

    init(_ index: LogIndex, capacity: Int, shelves: Int = 16) {
        self.shelves = (0..<shelves).map { _ in Shelf(index) }
        self.capacity = capacity
    }

    /// - Parameter worth: whether a row is small enough to be remembered.
    func row(_ key: Key, worth: (Row) -> Bool = { _ in true }, _ read: () throws -> Row) throws -> Row {
        let shelf = shelves[Int(max(0, sched_getcpu())) % shelves.count]
        let (known, before) = shelf.content.withLock { content -> (Row?, LogIndex.State?) in
            let now = content.index?.state
            return (now == content.state ? content.rows[key] : nil, now)
        }
        if let known { return known }
        let row = try read()
        guard worth(row) else { return row }
        shelf.content.withLock { content in
            // Committed to meanwhile, it is not known which state the row is of.
            guard let now = content.index?.state, now == before else { return }
            if now != content.state || content.rows.count >= capacity {
                content.state = now
                content.rows.removeAll(keepingCapacity: true)
            }
            content.rows[key] = row
        }
        return row
    }

    /// Forgets everything, for good.
    func close() {
        for shelf in shelves { shelf.content.withLock { $0 = Shelf.Content() } }
    }
}
