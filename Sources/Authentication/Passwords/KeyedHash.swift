internal import COpenSSL
internal import RegistryCore

/// HMAC-SHA-256 under a key that nobody knows and that ends with the process.
struct KeyedHash: Sendable {
    private let key = randomBytes(32)

    /// 32 bytes. Other fields, or the same text split into fields elsewhere, give another hash.
    func callAsFunction(_ fields: String...) throws(RegistryError) -> [UInt8] {
        var message: [UInt8] = []
        for field in fields {
            withUnsafeBytes(of: UInt64(field.utf8.count).bigEndian) { message.append(contentsOf: $0) }
            message.append(contentsOf: field.utf8)
        }
        var hash = [UInt8](repeating: 0, count: 32)
        var size: CUnsignedInt = 0
        let result = HMAC(EVP_sha256(), key, CInt(key.count), message, message.count, &hash, &size)
        guard result != nil, size == 32 else { throw RegistryError(.failed, "OpenSSL does not make an HMAC-SHA-256") }
        return hash
    }
}

/// Of the system's generator.
func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in generator.next() }
}
