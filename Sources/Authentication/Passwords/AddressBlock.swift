internal import Glibc

/// The addresses that one client has as it likes: an IPv4 address, or of IPv6 the first 64 bits, which are a subnet's
/// (RFC 4291, section 2.5.4). An IPv4 address written as IPv6 is the same as itself. What is no address stays as it
/// is.
func addressBlock(of address: String) -> String {
    // A link-local address says which interface it is of.
    let text = address.prefix { $0 != "%" }
    var parsed = in6_addr()
    guard inet_pton(AF_INET6, String(text), &parsed) == 1 else { return address }
    let bytes = withUnsafeBytes(of: parsed) { Array($0) }
    if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
        return bytes[12...].map { "\($0)" }.joined(separator: ".")
    }
    let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
    return groups.joined(separator: ":") + "::/64"
}
