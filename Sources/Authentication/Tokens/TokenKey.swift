internal import JWTKit
internal import RegistryCore

/// A key that access tokens are signed with (ES256: ECDSA on P-256 with SHA-256; RFC 7518, section 3.4).
struct TokenKey: Sendable {
    /// Its name in tokens: the key's thumbprint (RFC 7638), so that no two keys have the same.
    let kid: String
    let created: Timestamp
    let x: String
    let y: String
    private let key: ES256PrivateKey

    /// A new one.
    init(created: Timestamp) throws(KeyFileError) {
        try self.init(ES256PrivateKey(), created: created)
    }

    /// What is in a file: a PEM of PKCS#8 or SEC 1.
    ///
    /// - Parameter path: for the error.
    init(fileName: String, pem: [UInt8], path: String) throws(KeyFileError) {
        let key: ES256PrivateKey
        do {
            key = try ES256PrivateKey(pem: pem)
        } catch {
            throw KeyFileError("\(path) holds no private key of the curve P-256", cause: error)
        }
        guard let (created, kid) = Self.parts(of: fileName) else {
            throw KeyFileError("\(path) is not named MILLISECONDS-KID.pem")
        }
        try self.init(key, created: created)
        guard self.kid == kid else {
            throw KeyFileError("\(path) holds another key than its name says: \(self.kid)")
        }
    }

    private init(_ key: ES256PrivateKey, created: Timestamp) throws(KeyFileError) {
        guard let point = key.parameters else { throw KeyFileError("a key has no public part") }
        x = Self.base64URL(point.x)
        y = Self.base64URL(point.y)
        // RFC 7638, section 3: the required members in order of their names, without white space.
        kid = Base64URL.encode(SHA256Digest(#"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#).bytes)
        self.created = created
        self.key = key
    }

    /// PKCS#8.
    var pem: String { key.pemRepresentation }

    /// jwt-kit gives coordinates in plain Base64.
    private static func base64URL(_ base64: String) -> String {
        String(
            base64.compactMap { (character: Character) -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
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
    var publicKey: PublicKey { .p256(key.publicKey) }

    /// The signature as tokens have it: both numbers, 32 bytes each.
    func signature(of bytes: [UInt8]) async throws -> [UInt8] {
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: key)
        return try await keys.getKey().sign(bytes)
    }
}
