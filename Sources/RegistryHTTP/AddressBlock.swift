#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A block of IP addresses in CIDR notation: `10.0.0.0/8`, `fd00::/8`, or a single address.
package struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let bytes: [UInt8]
    private let bits: Int

    /// nil unless `text` is an address, or one with a prefix length that it can have.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = Self.bytes(of: String(parts[0])) else { return nil }
        bits = parts.count == 1 ? bytes.count * 8 : Int(parts[1]) ?? -1
        guard (0...bytes.count * 8).contains(bits) else { return nil }
        self.bytes = bytes
        description = text
    }

    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(of: address), other.count == bytes.count else { return false }
        let (whole, rest) = bits.quotientAndRemainder(dividingBy: 8)
        guard bytes.prefix(whole) == other.prefix(whole) else { return false }
        return rest == 0 || (bytes[whole] ^ other[whole]) >> (8 - rest) == 0
    }

    private static func bytes(of address: String) -> [UInt8]? {
        var v4 = in_addr()
        if inet_pton(AF_INET, address, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, address, &v6) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: v6) { Array($0) }
        // A listener on [::] sees IPv4 clients as ::ffff:10.0.0.1 (RFC 4291, section 2.5.5.2).
        return bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xff, 0xff]) ? Array(bytes.suffix(4)) : bytes
    }
}
