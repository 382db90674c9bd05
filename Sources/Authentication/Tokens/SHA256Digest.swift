internal import COpenSSL

/// A SHA-256.
struct SHA256Digest: Sendable, Hashable {
    let bytes: [UInt8]

    init(_ content: [UInt8]) {
        // The low-level calls: EVP looks its algorithm up each time.
        var context = SHA256_CTX()
        SHA256_Init(&context)
        SHA256_Update(&context, content, content.count)
        bytes = [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { hash, count in
            SHA256_Final(hash.baseAddress, &context)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }

    init(_ text: String) {
        self.init(Array(text.utf8))
    }

    var hex: String { Self.hex(bytes) }

    static func hex(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
