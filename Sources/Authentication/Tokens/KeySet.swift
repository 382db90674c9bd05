internal import FoundationEssentials

/// The public parts of our keys (RFC 7517, section 5; RFC 7518, section 6.2.1). There is no place for a private one in it.
struct KeySet: Sendable, Encodable {
    struct Key: Sendable, Encodable {
        var kty = "EC"
        var crv = "P-256"
        var x: String
        var y: String
        var kid: String
        var use = "sig"
        var alg = SignatureAlgorithm.es256.rawValue
    }

    var keys: [Key]

    init(_ keys: [TokenKey]) {
        self.keys = keys.map { Key(x: $0.x, y: $0.y, kid: $0.kid) }
    }

    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return Array(try encoder.encode(self))
        }
    }
}
