import NIOCore

/// Lets so many transfers at once go to one origin, the others in their order.
struct Turns {
    private struct Origin {
        var active = 0
        var waiting = CircularBuffer<Transfer>()
    }

    private let perOrigin: Int
    private var origins: [Substring: Origin] = [:]

    init(perOrigin: Int) { self.perOrigin = perOrigin }

    /// False: it waits; ``end(_:)`` of another returns it.
    mutating func begin(_ transfer: Transfer) -> Bool {
        var origin = origins[transfer.origin] ?? Origin()
        let mayBegin = origin.active < perOrigin
        if mayBegin {
            origin.active += 1
        } else {
            origin.waiting.append(transfer)
        }
        origins[transfer.origin] = origin
        return mayBegin
    }

    /// The one whose turn it is now.
    mutating func end(_ transfer: Transfer) -> Transfer? {
        guard var origin = origins[transfer.origin] else { return nil }
        defer { origins[transfer.origin] = origin.active == 0 ? nil : origin }
        // It may have gone before its turn.
        if let index = origin.waiting.firstIndex(where: { $0 === transfer }) {
            origin.waiting.remove(at: index)
            return nil
        }
        if let next = origin.waiting.popFirst() { return next }
        origin.active -= 1
        return nil
    }
}
