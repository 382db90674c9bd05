internal import COpenSSL
import Glibc

/// The digest of content, by OpenSSL, so that no code under test vouches for itself.
func sha256(_ bytes: [UInt8]) -> String {
    var hash = [UInt8](repeating: 0, count: 32)
    SHA256(bytes, bytes.count, &hash)
    return "sha256:" + hex(hash)
}

func sha512(_ bytes: [UInt8]) -> String {
    var hash = [UInt8](repeating: 0, count: 64)
    SHA512(bytes, bytes.count, &hash)
    return "sha512:" + hex(hash)
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

/// Content that no other test has, as one server serves many of them.
func randomBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        let source = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
        defer { close(source) }
        while let base = buffer.baseAddress, filled < count {
            let got = read(source, base + filled, count - filled)
            precondition(got > 0, "/dev/urandom gives what is asked for")
            filled += got
        }
    }
}

/// A repository that no other test uses.
func uniqueRepository(_ owner: String = "test") -> String {
    "\(owner)/r\(hex(randomBytes(6)))"
}
