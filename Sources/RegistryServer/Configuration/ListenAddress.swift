#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where to listen: `127.0.0.1:5000`, `[::]:443`, `localhost:0`.
struct ListenAddress: Sendable, Hashable {
    /// An address or a name, without brackets.
    var host: String
    /// 0: whichever is free.
    var port: Int

    /// nil unless `text` is a host, a colon and a port. An IPv6 address is in brackets.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard Self.bytes(host, AF_INET6) != nil else { return nil }
        } else {
            let isName = host.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            guard !host.isEmpty, isName else { return nil }
        }
        self.host = host
        self.port = Int(port)
    }

    /// Whether only this machine can reach it. A name other than `localhost` may be anybody's.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" { return true }
        if let address = Self.bytes(host, AF_INET) { return address[0] == 127 }
        guard let address = Self.bytes(host, AF_INET6) else { return false }
        let isMapped = address[..<10].allSatisfy { $0 == 0 } && address[10] == 0xff && address[11] == 0xff
        return isMapped ? address[12] == 127 : address[..<15].allSatisfy { $0 == 0 } && address[15] == 1
    }

    private static func bytes(_ host: String, _ family: CInt) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(family, host, &bytes) == 1 ? bytes : nil
    }
}

extension ListenAddress: CustomStringConvertible {
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ListenAddress: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let address = Self(text) else {
            let reason =
                "“\(text)” is not an address to listen on; expected HOST:PORT, as in 127.0.0.1:5000 or [::]:443"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        self = address
    }
}
