internal import RegistryCore

/// What waits, served by turns: one of each address, then the next of each. So whoever has much waiting holds the
/// others up by one each time, and fills nobody's queue but its own.
///
/// Pure: addresses are whatever the caller takes for one.
struct FairQueue<Element: Sendable>: Sendable {
    private var queues: [String: [Element]] = [:]
    /// The addresses that have something waiting, in the order of their turns.
    private var turns: [String] = []
    private let mostOfAddress: Int
    private let mostAddresses: Int

    /// - Parameters:
    ///   - mostOfAddress: How many may wait of one address.
    ///   - mostAddresses: How many addresses may have something waiting.
    init(mostOfAddress: Int = 64, mostAddresses: Int = 4096) {
        self.mostOfAddress = mostOfAddress
        self.mostAddresses = mostAddresses
    }

    var count: Int { queues.values.reduce(0) { $0 + $1.count } }

    /// Throws `tooManyRequests` when too many of the address wait already, `unavailable` when too many addresses do.
    mutating func append(_ element: Element, of address: String) throws(RegistryError) {
        if let queue = queues[address] {
            guard queue.count < mostOfAddress else {
                throw RegistryError(.tooManyRequests, "too many of your passwords wait to be checked; try again later")
            }
        } else {
            guard turns.count < mostAddresses else {
                throw RegistryError(.unavailable, "too many passwords wait to be checked; try again later")
            }
            turns.append(address)
        }
        queues[address, default: []].append(element)
    }

    /// The first of the address whose turn it is. nil: nothing waits.
    mutating func next() -> Element? {
        guard !turns.isEmpty else { return nil }
        let address = turns.removeFirst()
        guard var queue = queues.removeValue(forKey: address), !queue.isEmpty else { return nil }
        let element = queue.removeFirst()
        if !queue.isEmpty {
            queues[address] = queue
            turns.append(address)
        }
        return element
    }
}
