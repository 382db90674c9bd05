internal import COpenSSL
package import RegistryCore

/// Hashes of passwords, in crypt(5)'s format.
package enum PasswordHash {
    /// The longest password, in bytes: libxcrypt refuses longer ones (CRYPT_MAX_PASSPHRASE_SIZE).
    package static let longestPassword = 511

    /// A hash to keep: yescrypt, at the cost that libxcrypt advises. It takes some ten milliseconds and 16 MiB.
    ///
    /// Throws `requestInvalid` for passwords that can be none.
    package static func make(_ password: String) throws(RegistryError) -> String {
        guard !password.isEmpty else { throw RegistryError(.requestInvalid, "the password is empty") }
        guard isPossible(password) else {
            throw RegistryError(
                .requestInvalid, "the password is longer than \(longestPassword) bytes, or has a NUL byte in it")
        }
        guard let setting = Crypt.setting("$y$"), let hash = Crypt.hash(password, setting) else {
            throw RegistryError(.failed, "cannot hash a password: libcrypt does without yescrypt, or has no memory")
        }
        return String(decoding: hash, as: UTF8.self)
    }

    /// Whether it is the hash's password. Takes as long as ``make(_:)`` did. False also for what libxcrypt refuses,
    /// and for schemes that we do not take.
    ///
    /// Of a password, bcrypt takes the first 72 bytes: what follows may be anything. So it is wherever bcrypt is used.
    package static func matches(_ password: String, _ hash: String) -> Bool {
        guard isPossible(password), isAccepted(hash), let made = Crypt.hash(password, hash) else { return false }
        let kept = Array(hash.utf8)
        return made.count == kept.count && CRYPTO_memcmp(made, kept, kept.count) == 0
    }

    /// Whether it is of a scheme that we take: yescrypt, gost-yescrypt, scrypt, bcrypt, SHA-512, SHA-256. Not MD5,
    /// not what crypt(3) took for DES, which every short text without a dollar sign is.
    package static func isAccepted(_ hash: String) -> Bool {
        ["$y$", "$gy$", "$7$", "$2a$", "$2b$", "$2y$", "$6$", "$5$"].contains { hash.hasPrefix($0) }
    }

    /// C takes the NUL for the password's end: two passwords would be the same.
    private static func isPossible(_ password: String) -> Bool {
        password.utf8.count <= longestPassword && !password.utf8.contains(0)
    }
}
