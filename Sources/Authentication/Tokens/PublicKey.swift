/// How a token is signed (RFC 7518, section 3.1; RFC 8037, section 3.1). What is not here is not taken: `none`, and HMACs,
/// whose key would have to be a secret that both sides know.
enum SignatureAlgorithm: String, Sendable, Hashable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case es256 = "ES256"
    case es384 = "ES384"
    case edDSA = "EdDSA"
}

/// A key that signatures are checked with.
struct PublicKey: Sendable {
    enum Curve: Sendable {
        case p256, p384

        /// Of a coordinate.
        var bytes: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            }
        }
    }

    enum Kind: Sendable {
        case ec(Curve)
        case rsa
        case ed25519
    }

    let kind: Kind
    private let key: OpenSSLKey

    /// - Parameter key: has to be of that kind.
    init(kind: Kind, key: OpenSSLKey) {
        self.kind = kind
        self.key = key
    }

    /// What it can be used for.
    var algorithms: [SignatureAlgorithm] {
        switch kind {
        case .ec(.p256): [.es256]
        case .ec(.p384): [.es384]
        case .rsa: [.rs256, .rs384, .rs512, .ps256]
        case .ed25519: [.edDSA]
        }
    }

    func isValid(_ signature: [UInt8], of bytes: [UInt8], by algorithm: SignatureAlgorithm) throws -> Bool {
        let scheme: OpenSSLKey.Scheme
        switch (kind, algorithm) {
        case (.ec(.p256), .es256): scheme = .ecdsa(.sha256, bytes: Curve.p256.bytes)
        case (.ec(.p384), .es384): scheme = .ecdsa(.sha384, bytes: Curve.p384.bytes)
        case (.rsa, .rs256): scheme = .rsa(.sha256)
        case (.rsa, .rs384): scheme = .rsa(.sha384)
        case (.rsa, .rs512): scheme = .rsa(.sha512)
        case (.rsa, .ps256): scheme = .pss(.sha256)
        case (.ed25519, .edDSA): scheme = .ed25519
        default: return false
        }
        return try key.isValid(signature, of: bytes, scheme)
    }

    /// Throws unless the signature of `token` is this key's.
    func check(_ token: CompactToken, _ algorithm: SignatureAlgorithm) throws(TokenError) {
        let isValid: Bool
        do {
            isValid = try self.isValid(token.signature, of: token.signed, by: algorithm)
        } catch {
            throw TokenError(.badSignature, "the token's signature cannot be checked", cause: error)
        }
        guard isValid else { throw TokenError(.badSignature, "the token's signature is wrong") }
    }
}
