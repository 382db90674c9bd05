internal import RegistryCore

/// A key that access tokens are signed with (ES256: ECDSA on P-256 with SHA-256; RFC 7518, section 3.4).
struct TokenKey: Sendable {
    /// Its name in tokens: the key's thumbprint (RFC 7638), so that no two keys have the same.
    let kid: String
    let created: Timestamp
    let x: String
    let y: String
    private let key: OpenSSLKey

    private static let curve = PublicKey.Curve.p256

    /// A new one.
    init(created: Timestamp) throws(KeyFileError) {
        let key: OpenSSLKey
        do {
            key = try OpenSSLKey.makeP256()
        } catch {
            throw KeyFileError("cannot make a key to sign tokens with", cause: error)
        }
        try self.init(key, created: created)
    }

    /// What is in a file: a PEM of PKCS#8 or SEC 1.
    ///
    /// - Parameter path: for the error.
    init(fileName: String, pem: [UInt8], path: String) throws(KeyFileError) {
        let key: OpenSSLKey
        do {
            key = try OpenSSLKey(pem: pem)
        } catch {
            throw KeyFileError("\(path) holds no private key of the curve P-256", cause: error)
        }
        guard key.curve == "prime256v1" else {
            throw KeyFileError("\(path) holds no private key of the curve P-256")
        }
        guard let (created, kid) = Self.parts(of: fileName) else {
            throw KeyFileError("\(path) is not named MILLISECONDS-KID.pem")
        }
        try self.init(key, created: created)
        guard self.kid == kid else {
            throw KeyFileError("\(path) holds another key than its name says: \(self.kid)")
        }
    }

    private init(_ key: OpenSSLKey, created: Timestamp) throws(KeyFileError) {
        do {
            let point = try key.point(bytes: Self.curve.bytes)
            x = Base64URL.encode(point.x)
            y = Base64URL.encode(point.y)
        } catch {
            throw KeyFileError("a key has no public part", cause: error)
        }
        // RFC 7638, section 3: the required members in order of their names, without white space.
        kid = Base64URL.encode(SHA256Digest(#"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#).bytes)
        self.created = created
        self.key = key
    }

    /// PKCS#8.
    var pem: String {
        get throws(KeyFileError) {
            do {
                return try key.pem()
            } catch {
                throw KeyFileError("a key cannot be written", cause: error)
            }
        }
    }
}

extension TokenKey {
    var fileName: String { "\(created.milliseconds)-\(kid).pem" }

    /// Whether a file is meant to hold a key; others in the folder are none of ours.
    static func isFileName(_ name: String) -> Bool { parts(of: name) != nil }

    private static func parts(of name: String) -> (created: Timestamp, kid: String)? {
        guard name.hasSuffix(".pem"), let dash = name.firstIndex(of: "-") else { return nil }
        let digits = name[..<dash]
        guard digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            let milliseconds = Int64(digits)
        else { return nil }
        return (Timestamp(milliseconds: milliseconds), String(name[name.index(after: dash)...].dropLast(4)))
    }
}

extension TokenKey {
    var publicKey: PublicKey { PublicKey(kind: .ec(Self.curve), key: key) }

    /// The signature as tokens have it: both numbers, 32 bytes each.
    func signature(of bytes: [UInt8]) throws -> [UInt8] {
        try key.signature(of: bytes, .sha256, bytes: Self.curve.bytes)
    }
}
