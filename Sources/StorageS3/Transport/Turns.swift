import NIOCore

/// Lets so many transfers at once go to one origin, the others in their order.
///
/// One whose reader is slow has no turn: nothing goes over its connection, and a hundred of them would keep everybody else
/// waiting. When it goes on it waits for nobody, so that for a moment there may be more at once.
struct Turns {
    private struct Origin {
        var active = 0
        var waiting = CircularBuffer<Transfer>()
    }

    private let perOrigin: Int
    private var origins: [Substring: Origin] = [:]
    /// Of all origins.
    private var waiting = 0

    init(perOrigin: Int) { self.perOrigin = perOrigin }

    /// False: it waits; ``next()`` returns it.
    mutating func begin(_ transfer: Transfer) -> Bool {
        let mayBegin = origins[transfer.origin, default: Origin()].active < perOrigin
        if mayBegin {
            goOn(transfer)
        } else {
            origins[transfer.origin, default: Origin()].waiting.append(transfer)
            waiting += 1
        }
        return mayBegin
    }

    /// One that waits, and whose turn it is now.
    mutating func next() -> Transfer? {
        guard waiting > 0 else { return nil }
        for (name, origin) in origins where origin.active < perOrigin && !origin.waiting.isEmpty {
            waiting -= 1
            origins[name]?.active += 1
            return origins[name]?.waiting.popFirst()
        }
        return nil
    }

    /// Its reader has enough.
    mutating func hold(_ transfer: Transfer) {
        origins[transfer.origin]?.active -= 1
        forget(transfer.origin)
    }

    /// Its reader wants more.
    mutating func goOn(_ transfer: Transfer) {
        origins[transfer.origin, default: Origin()].active += 1
    }

    /// It is over, or does not wait any more. Not for one that is held.
    mutating func end(_ transfer: Transfer) {
        if let index = origins[transfer.origin]?.waiting.firstIndex(where: { $0 === transfer }) {
            origins[transfer.origin]?.waiting.remove(at: index)
            waiting -= 1
        } else {
            origins[transfer.origin]?.active -= 1
        }
        forget(transfer.origin)
    }

    private mutating func forget(_ name: Substring) {
        if let origin = origins[name], origin.active == 0, origin.waiting.isEmpty { origins[name] = nil }
    }
}
