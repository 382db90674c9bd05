import COpenSSL

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    // The low-level calls: EVP looks its algorithm up each time, which costs more than hashing a request does.
    var context = SHA256_CTX()
    SHA256_Init(&context)
    SHA256_Update(&context, bytes, bytes.count)
    return [UInt8](unsafeUninitializedCapacity: 32) { hash, count in
        SHA256_Final(hash.baseAddress, &context)
        count = 32
    }
}

/// Empty if OpenSSL has no memory left: the server then refuses the signature.
func hmacSHA256(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { code, count in
        var size: CUnsignedInt = 0
        HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, code.baseAddress, &size)
        count = Int(size)
    }
}

/// A Content-MD5 header (RFC 1864), which some servers insist on for batch deletes; nil: this OpenSSL has no MD5.
func contentMD5(_ bytes: [UInt8]) -> String? {
    var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var size: CUnsignedInt = 0
    guard EVP_Digest(bytes, bytes.count, &hash, &size, EVP_md5(), nil) == 1 else { return nil }
    let text = [UInt8](unsafeUninitializedCapacity: 32) { text, count in
        count = Int(EVP_EncodeBlock(text.baseAddress, hash, CInt(size)))
    }
    return String(decoding: text, as: UTF8.self)
}

extension [UInt8] {
    mutating func append(hex bytes: [UInt8]) {
        for byte in bytes {
            append(hexDigit(byte >> 4))
            append(hexDigit(byte & 15))
        }
    }
}

func hexEncoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(2 * bytes.count)
    text.append(hex: bytes)
    return String(decoding: text, as: UTF8.self)
}

private func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
}
