import RegistryCore

/// Signing keys, which stay the same for a day, and cost four HMACs to derive.
final class SigningKeys: Sendable {
    /// More than a process has backends and credentials; when there are more, those not used for longest go.
    static let limit = 16

    private struct Entry {
        var secret: String
        var day: Substring
        var region: String
        var service: String
        var key: [UInt8]
    }
    /// The last used first.
    private let entries = Mutex<[Entry]>([])

    func key(secret: String, day: Substring, region: String, service: String) -> [UInt8] {
        let known = entries.withLock { entries -> [UInt8]? in
            let index = entries.firstIndex {
                $0.day == day && $0.secret == secret && $0.region == region && $0.service == service
            }
            guard let index else { return nil }
            if index > 0 { entries.insert(entries.remove(at: index), at: 0) }
            return entries[0].key
        }
        if let known { return known }
        let key = Self.derive(secret: secret, day: day, region: region, service: service)
        entries.withLock { entries in
            entries.insert(Entry(secret: secret, day: day, region: region, service: service, key: key), at: 0)
            if entries.count > Self.limit { entries.removeLast() }
        }
        return key
    }

    var count: Int { entries.withLock { $0.count } }

    private static func derive(secret: String, day: Substring, region: String, service: String) -> [UInt8] {
        let dayKey = hmacSHA256(Array("AWS4\(secret)".utf8), Array(day.utf8))
        let regionKey = hmacSHA256(dayKey, Array(region.utf8))
        let serviceKey = hmacSHA256(regionKey, Array(service.utf8))
        return hmacSHA256(serviceKey, Array("aws4_request".utf8))
    }
}
