internal import RegistryCore

/// How many different passwords are being tried at once, by user and address together, and how many attempts of any
/// kind are under way from an address.
///
/// An attempt that fails counts until its delay is over, also where its client did not wait for the answer: or else
/// delays would hold up nobody who asks in parallel.
struct AttemptCounts: Sendable {
    struct Origin: Sendable, Hashable {
        var user: UserName
        var address: String
    }

    static let most = 8
    /// With the longest delay, 5 s, an address that tries many names makes six guesses a second.
    static let mostOfAddress = 32

    private var counts: [Origin: Int] = [:]
    private var addresses: [String: Int] = [:]
    /// Tokens that are tried out have places of their own: passwords are how clients get good ones.
    private var tokens: [String: Int] = [:]

    var isEmpty: Bool { counts.isEmpty && addresses.isEmpty && tokens.isEmpty }

    /// False: there are too many already.
    mutating func begin(_ origin: Origin) -> Bool {
        let count = counts[origin, default: 0]
        guard count < Self.most, Self.begin(&addresses, origin.address) else { return false }
        counts[origin] = count + 1
        return true
    }

    mutating func end(_ origin: Origin) {
        let count = counts[origin, default: 0] - 1
        counts[origin] = count > 0 ? count : nil
        Self.end(&addresses, origin.address)
    }

    /// Of something that is tried, but is no password. False: there are too many already.
    mutating func begin(from address: String) -> Bool { Self.begin(&tokens, address) }

    mutating func end(from address: String) { Self.end(&tokens, address) }

    private static func begin(_ places: inout [String: Int], _ address: String) -> Bool {
        let count = places[address, default: 0]
        guard count < mostOfAddress else { return false }
        places[address] = count + 1
        return true
    }

    private static func end(_ places: inout [String: Int], _ address: String) {
        let count = places[address, default: 0] - 1
        places[address] = count > 0 ? count : nil
    }
}
