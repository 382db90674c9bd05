/// The identity of content: an algorithm and the content's hash in lower-case hex, written `sha256:9f86d0…`.
///
/// OCI image specification, descriptor.md, "Digests"; the registered algorithms are sha256 and sha512.
public struct Digest: Sendable, Hashable {
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        case sha256, sha512

        fileprivate static let known = allCases

        /// The length of the hash in hex digits.
        public var hexLength: Int {
            switch self {
            case .sha256: 64
            case .sha512: 128
            }
        }
    }

    public let algorithm: Algorithm
    /// Lower-case hex digits, `algorithm.hexLength` of them.
    public let hex: String

    /// nil unless `text` is a registered algorithm, a colon and exactly as many lower-case hex digits as it gives.
    public init?(_ text: Substring) {
        // By bytes, as every request for a blob comes by here.
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            let algorithm = Algorithm.known.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8[..<colon]) })
        else { return nil }
        self.init(algorithm, hex: String(text[text.utf8.index(after: colon)...]))
    }

    public init?(_ text: String) {
        self.init(text[...])
    }

    /// nil unless `hex` is exactly as many lower-case hex digits as the algorithm gives.
    public init?(_ algorithm: Algorithm, hex: String) {
        guard hex.utf8.count == algorithm.hexLength, hex.utf8.allSatisfy(isLowerHex) else { return nil }
        self.algorithm = algorithm
        self.hex = hex
    }

    init(_ algorithm: Algorithm, bytes: some Sequence<UInt8>) {
        self.algorithm = algorithm
        self.hex = hexEncoded(bytes)
    }
}

extension Digest: CustomStringConvertible {
    public var description: String { "\(algorithm.rawValue):\(hex)" }
}

extension Digest: Comparable {
    public static func < (a: Digest, b: Digest) -> Bool { a.description < b.description }
}

func isLowerHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

func hexEncoded(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
