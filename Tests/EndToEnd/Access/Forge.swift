import Foundation

/// Makes access tokens that look like a server's own.
struct Forge {
    let directory: TemporaryDirectory
    /// The server's private key, and one of somebody else's.
    let own: String
    let other: String

    init(_ server: Server) throws {
        directory = try TemporaryDirectory()
        let folder = server.data + "/token-keys"
        guard let name = files(below: folder).filter({ $0.hasSuffix(".pem") }).max() else {
            throw NeverHappened(description: "no key in \(folder)")
        }
        own = "\(folder)/\(name)"
        other = directory("other.pem")
        try run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", other)
    }

    /// The same claims, signed again with the server's key.
    func resigned(_ token: String) throws -> String { try remade(token, own) { _ in } }

    func spoiled(_ token: String, _ flaw: AccessRule.Flaw) throws -> String {
        let parts = token.split(separator: ".").map(String.init)
        switch flaw {
        case .none, .elsewhere:
            return token
        case .expired:
            return try remade(token, own) { claims in
                let end = Int(Date().timeIntervalSince1970) - 1
                claims["exp"] = end
                claims["iat"] = end - 300
                claims["nbf"] = end - 300
            }
        case .otherKey:
            return try remade(token, other) { _ in }
        case .unsigned:
            return "\(encoded(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))).\(parts[1])."
        case .tampered:
            var claims = try decoded(parts[1])
            claims["jti"] = "another"
            let payload = encoded(Array(try JSONSerialization.data(withJSONObject: claims)))
            return "\(parts[0]).\(payload).\(parts[2])"
        }
    }

    private func remade(_ token: String, _ key: String, _ change: (inout [String: Any]) -> Void) throws -> String {
        let parts = token.split(separator: ".").map(String.init)
        var claims = try decoded(parts[1])
        change(&claims)
        let payload = encoded(Array(try JSONSerialization.data(withJSONObject: claims)))
        let text = "\(parts[0]).\(payload)"
        let input = try directory.write(Array(text.utf8), to: "input")
        let output = directory("signature")
        try run("openssl", "dgst", "-sha256", "-sign", key, "-out", output, input)
        return "\(text).\(encoded(raw(try contents(of: output))))"
    }

    /// The two numbers of an ECDSA signature in DER, 32 bytes each (RFC 7518, section 3.4).
    private func raw(_ der: [UInt8]) -> [UInt8] {
        func number(at start: Int) -> (bytes: [UInt8], end: Int) {
            let end = start + 2 + Int(der[start + 1])
            let bytes = Array(der[(start + 2)..<end].drop { $0 == 0 })
            return (Array(repeating: 0, count: 32 - bytes.count) + bytes, end)
        }
        let r = number(at: 2)
        return r.bytes + number(at: r.end).bytes
    }

    private func decoded(_ part: String) throws -> [String: Any] {
        var text = part.replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = Data(base64Encoded: text) ?? Data()
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    private func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
