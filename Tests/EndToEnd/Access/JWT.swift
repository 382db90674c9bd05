import Foundation

/// Signed tokens (RFC 7515), made with openssl, so that no code under test vouches for itself.
struct JWT {
    enum Algorithm: String, Sendable { case es256 = "ES256", rs256 = "RS256", hs256 = "HS256" }

    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A new private key: the file's path.
    func makeKey(_ algorithm: Algorithm, _ name: String) throws -> String {
        let path = directory("\(name).pem")
        switch algorithm {
        case .es256: try run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
        case .rs256, .hs256: try run("openssl", "genrsa", "-out", path, "2048")
        }
        return path
    }

    /// - Parameter key: the path of a private key; for HS256 of what is the secret.
    func token(
        _ algorithm: Algorithm, _ key: String, header: [String: Any] = [:], _ claims: [String: Any]
    ) throws -> String {
        let header = header.merging(["alg": algorithm.rawValue, "typ": "JWT"]) { $1 }
        let text = "\(try Self.encoded(header)).\(try Self.encoded(claims))"
        let input = try directory.write(Array(text.utf8), to: "input")
        let output = directory("signature")
        switch algorithm {
        case .hs256:
            let secret = hex(try contents(of: key))
            try run(
                "openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(secret)", "-binary", "-out", output,
                input)
        case .es256, .rs256:
            try run("openssl", "dgst", "-sha256", "-sign", key, "-out", output, input)
        }
        let signature = try contents(of: output)
        return "\(text).\(Self.encoded(algorithm == .es256 ? Self.raw(signature) : signature))"
    }

    /// A key's public part as a JWK (RFC 7517; RFC 7518, section 6).
    func publicKey(_ algorithm: Algorithm, _ key: String, kid: String) throws -> [String: String] {
        let fields: [String: String]
        if algorithm == .es256 {
            let output = directory("public.der")
            try run("openssl", "ec", "-in", key, "-pubout", "-outform", "DER", "-out", output)
            // The last thing in there is the point: both coordinates.
            let point = try contents(of: output).suffix(64)
            fields = [
                "kty": "EC", "crv": "P-256", "x": Self.encoded(Array(point.prefix(32))),
                "y": Self.encoded(Array(point.suffix(32))),
            ]
        } else {
            let line = try run("openssl", "rsa", "-in", key, "-noout", "-modulus").line
            let digits = Array(line.drop { $0 != "=" }.dropFirst())
            let modulus = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...($0 + 1)]), radix: 16)
            }
            fields = ["kty": "RSA", "n": Self.encoded(modulus), "e": "AQAB"]
        }
        return fields.merging(["kid": kid, "alg": algorithm.rawValue, "use": "sig"]) { $1 }
    }

    /// A JWK set.
    func keySet(_ keys: [[String: String]]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: ["keys": keys]), as: UTF8.self)
    }

    // MARK: Its parts

    static func claims(_ token: String) throws -> [String: Any] { try part(token, 1) }
    static func header(_ token: String) throws -> [String: Any] { try part(token, 0) }

    private static func part(_ token: String, _ index: Int) throws -> [String: Any] {
        let data = Data(decoded(String(token.split(separator: ".")[index])) ?? [])
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    static func decoded(_ text: String) -> [UInt8]? {
        var text = text.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text).map { [UInt8]($0) }
    }

    static func encoded(_ object: [String: Any]) throws -> String {
        encoded([UInt8](try JSONSerialization.data(withJSONObject: object)))
    }

    static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// The two numbers of an ECDSA signature in DER, 32 bytes each (RFC 7518, section 3.4).
    private static func raw(_ der: [UInt8]) -> [UInt8] {
        func number(at start: Int) -> (bytes: [UInt8], end: Int) {
            let end = start + 2 + Int(der[start + 1])
            let bytes = Array(der[(start + 2)..<end].drop { $0 == 0 })
            return (Array(repeating: 0, count: 32 - bytes.count) + bytes, end)
        }
        let r = number(at: 2)
        return r.bytes + number(at: r.end).bytes
    }
}
