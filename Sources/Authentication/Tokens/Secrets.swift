/// Random secrets that are given out once and kept as hashes.
package enum Secrets {
    /// Of robot tokens. A prefix tells people, and programs that look for secrets in files, what they have found.
    package static let robotPrefix = "rdt_"
    /// Of refresh tokens.
    package static let refreshPrefix = "rdr_"

    /// `prefix` and 256 random bits, in letters, digits, `-` and `_`.
    package static func make(_ prefix: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return make(prefix, using: &generator)
    }

    static func make(_ prefix: String, using generator: inout some RandomNumberGenerator) -> String {
        prefix + Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    /// What is stored of a secret: its SHA-256, in hex.
    ///
    /// Passwords need a slow hash with a salt because people choose them, and guesses are few. Here are 256 random bits:
    /// nobody guesses them however fast the hash, and no two are the same. And it can be looked up by.
    package static func hash(_ secret: String) -> String {
        SHA256Digest(secret).hex
    }

    /// Another for other parts, and the same for the same ones: 128 bits in hex.
    package static func fingerprint(of parts: [String]) -> String {
        var content: [UInt8] = []
        for part in parts {
            // Without the lengths, "ab" "c" would be the same as "a" "bc".
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { content.append(contentsOf: $0) }
            content.append(contentsOf: part.utf8)
        }
        return SHA256Digest.hex(SHA256Digest(content).bytes.prefix(16))
    }
}
