internal import JWTKit

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
enum PublicKey: Sendable {
    case p256(ES256PublicKey)
    case p384(ES384PublicKey)
    case rsa(Insecure.RSA.PublicKey)
    case ed25519(EdDSA.PublicKey)

    /// What it can be used for.
    var algorithms: [SignatureAlgorithm] {
        switch self {
        case .p256: [.es256]
        case .p384: [.es384]
        case .rsa: [.rs256, .rs384, .rs512, .ps256]
        case .ed25519: [.edDSA]
        }
    }

    func isValid(_ signature: [UInt8], of bytes: [UInt8], by algorithm: SignatureAlgorithm) async throws -> Bool {
        // One collection a key and not one with all: where a collection does not know a name it takes its default key.
        let keys = JWTKeyCollection()
        switch (self, algorithm) {
        case (.p256(let key), .es256): await keys.add(ecdsa: key)
        case (.p384(let key), .es384): await keys.add(ecdsa: key)
        case (.rsa(let key), .rs256): await keys.add(rsa: key, digestAlgorithm: .sha256)
        case (.rsa(let key), .rs384): await keys.add(rsa: key, digestAlgorithm: .sha384)
        case (.rsa(let key), .rs512): await keys.add(rsa: key, digestAlgorithm: .sha512)
        case (.rsa(let key), .ps256): await keys.add(pss: key, digestAlgorithm: .sha256)
        case (.ed25519(let key), .edDSA): await keys.add(eddsa: key)
        default: return false
        }
        return try await keys.getKey().verify(signature, signs: bytes)
    }

    /// Throws unless the signature of `token` is this key's.
    func check(_ token: CompactToken, _ algorithm: SignatureAlgorithm) async throws(TokenError) {
        let isValid: Bool
        do {
            isValid = try await self.isValid(token.signature, of: token.signed, by: algorithm)
        } catch {
            // Such as a signature of another length.
            throw TokenError(.badSignature, "the token's signature is wrong", cause: error)
        }
        guard isValid else { throw TokenError(.badSignature, "the token's signature is wrong") }
    }
}
