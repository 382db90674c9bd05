internal import RegistryCore

/// The keys of another issuer that signatures are checked with.
struct OutsideKeys: Sendable {
    private var keys: [String: [SignatureAlgorithm: PublicKey]] = [:]

    /// Keys that are for something else, or of a kind that is not known here, are passed over.
    ///
    /// - Parameters:
    ///   - json: a JWK set.
    ///   - path: for the error.
    ///   - allowsNone: whether a set without a key that is of use here is one: whoever withdraws the last key writes such a set.
    init(json: [UInt8], path: String, allowsNone: Bool = false) throws(KeyFileError) {
        let set: OutsideKeySet
        do {
            set = try StrictJSON.decode(OutsideKeySet.self, from: json)
        } catch {
            throw KeyFileError("\(path) is no JWK set: \(Self.reason(error))")
        }
        for (index, jwk) in set.keys.enumerated() {
            let place = "key \(index + 1) in \(path)"
            // Who can check such a signature can make one, and the file is not kept like a secret.
            if jwk.isSymmetric { throw KeyFileError("\(place) is symmetric; it has to be a public key") }
            guard let kid = jwk.kid, jwk.isForSignatures, let key = try jwk.publicKey(place) else { continue }
            for algorithm in key.algorithms where jwk.alg == nil || jwk.alg == algorithm.rawValue {
                guard keys[kid]?[algorithm] == nil else {
                    throw KeyFileError("\(place) has the same kid as another: \(kid)")
                }
                keys[kid, default: [:]][algorithm] = key
            }
        }
        guard !keys.isEmpty || allowsNone else {
            let names = SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw KeyFileError("\(path) holds no key with a kid and for signatures that are taken here: \(names)")
        }
    }

    /// There is no file any more.
    init() {}

    /// In words, rather than the decoder's.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            context.codingPath.isEmpty ? "it has no “\(key.stringValue)”" : "a key in it has no “\(key.stringValue)”"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "“\(context.codingPath.last?.stringValue ?? "it")” is not of the right kind"
        case let flaw as StrictJSON.Flaw: "\(flaw)"
        default: "it is not JSON"
        }
    }

    func key(_ kid: String?, _ algorithm: SignatureAlgorithm) throws(TokenError) -> PublicKey {
        guard let kid, let own = keys[kid] else {
            throw TokenError(.unknownKey, "the token is signed with a key that is not known here")
        }
        guard let key = own[algorithm] else {
            throw TokenError(.wrongAlgorithm, "the token is not signed as its key is meant to be used")
        }
        return key
    }
}

/// RFC 7517, section 5.
private struct OutsideKeySet: Decodable {
    var keys: [OutsideKey]
}

/// RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2. Of other kinds of keys only `kty` is sure to be there.
private struct OutsideKey: Decodable {
    var kty: String
    var kid: String?
    var alg: String?
    var use: String?
    var key_ops: [String]?
    var crv: String?
    var x: String?
    var y: String?
    var n: String?
    var e: String?

    var isSymmetric: Bool { kty == "oct" || alg == "none" || alg?.hasPrefix("HS") ?? false }

    var isForSignatures: Bool { use ?? "sig" == "sig" && key_ops?.contains("verify") ?? true }

    /// nil: it is of no kind that is known here.
    func publicKey(_ place: String) throws(KeyFileError) -> PublicKey? {
        do {
            switch (kty, crv) {
            case ("EC", "P-256"):
                return try .point(on: .p256, x: bytes(x, "x"), y: bytes(y, "y"))
            case ("EC", "P-384"):
                return try .point(on: .p384, x: bytes(x, "x"), y: bytes(y, "y"))
            case ("OKP", "Ed25519"):
                return try .ed25519(bytes(x, "x"))
            case ("RSA", _):
                return try .rsa(modulus: bytes(n, "n"), exponent: bytes(e, "e"))
            default:
                return nil
            }
        } catch {
            throw KeyFileError("\(place) is no \(kty) key that can be used", cause: error)
        }
    }

    private func bytes(_ value: String?, _ name: String) throws(KeyFileError) -> [UInt8] {
        guard let value else { throw KeyFileError("it has no “\(name)”") }
        guard let bytes = Base64URL.decode(value.utf8) else {
            throw KeyFileError("its “\(name)” is not in base64url without padding")
        }
        return bytes
    }
}
