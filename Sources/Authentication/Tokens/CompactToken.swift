internal import RegistryCore

/// A signed token (JWT) taken apart; nothing in it is to be believed yet (RFC 7515, section 7.1).
struct CompactToken: Sendable {
    struct Header: Sendable, Decodable {
        var alg: String
        var kid: String?

        private enum CodingKeys: String, CodingKey { case alg, kid, crit }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            alg = try container.decode(String.self, forKey: .alg)
            kid = try container.decodeIfPresent(String.self, forKey: .kid)
            // RFC 7515, section 4.1.11: who does not understand what is listed there must refuse the token.
            if container.contains(.crit) {
                throw DecodingError.dataCorruptedError(forKey: .crit, in: container, debugDescription: "not understood")
            }
        }
    }

    /// In bytes. Longer ones are not even looked at.
    static let maximumLength = 16 << 10

    let header: Header
    let payload: TokenPayload
    let signature: [UInt8]
    /// What the signature is of.
    let signed: [UInt8]

    init(_ text: String) throws(TokenError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw TokenError(.malformed, "the token is longer than \(Self.maximumLength) bytes")
        }
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw TokenError(.malformed, "the token is not three parts in base64url") }
        do {
            self.header = try StrictJSON.decode(Header.self, from: header)
            self.payload = try StrictJSON.decode(TokenPayload.self, from: payload)
        } catch {
            throw TokenError(.malformed, "the token does not say what tokens here have to say", cause: error)
        }
        self.signature = signature
        signed = Array(bytes[..<parts[1].endIndex])
    }
}
