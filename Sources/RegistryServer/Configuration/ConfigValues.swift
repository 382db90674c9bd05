import RegistryHTTP

/// `http.tls`: PEM files.
struct TLSFiles: Sendable, Hashable {
    var certificate: String
    var key: String
    /// The authorities whose certificates of clients are believed; nil: clients are not asked for any.
    var clientCA: String?
}

extension TLSFiles: Decodable {
    enum CodingKeys: String, CodingKey {
        case certificate, key
        case clientCA = "client-ca"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        clientCA = try container.decodeIfPresent(String.self, forKey: .clientCA)
        guard clientCA == nil || container.contains(.certificate) && container.contains(.key) else {
            let reason = "needs certificate and key beside it: clients show certificates over TLS only"
            throw DecodingError.dataCorruptedError(forKey: .clientCA, in: container, debugDescription: reason)
        }
        certificate = try container.decode(String.self, forKey: .certificate)
        key = try container.decode(String.self, forKey: .key)
    }
}

/// A proxy, or a network of them, whose word on where a request came from is taken.
struct TrustedProxy: Decodable, Sendable {
    var text: String
    var block: AddressBlock

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text = try container.decode(String.self)
        guard let block = AddressBlock(text) else {
            let reason = "“\(text)” is not a network; expected an address, or one with a prefix length as in 10.0.0.0/8"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        self.block = block
    }
}

/// `metadata.url`: `sqlite://` and the absolute path of the database's file.
struct DatabaseURL: Decodable, Sendable, Hashable {
    var path: String

    init(path: String) {
        self.path = path
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let scheme = "sqlite://"
        let path = text.dropFirst(scheme.count)
        guard text.hasPrefix(scheme), path.hasPrefix("/"), path.last != "/", !path.contains("?"), !path.contains("#")
        else {
            let reason =
                "“\(text)” cannot be opened; expected a file with its whole path, as in sqlite:///var/lib/registry.db"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        self.path = String(path)
    }
}

extension DatabaseURL: CustomStringConvertible {
    var description: String { "sqlite://\(path)" }
}

/// `http.public-url`: the scheme and authority under which clients reach the server, without a path.
struct PublicURL: Decodable, Sendable, Hashable {
    var description: String

    /// The host, with a port if there is one.
    var authority: Substring {
        description.firstRange(of: "://").map { description[$0.upperBound...] } ?? description[...]
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
        var authority = scheme.map { text.dropFirst($0.count) } ?? ""
        if authority.last == "/" { authority.removeLast() }
        let isPlain = authority.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/?#@\"\\<>".utf8.contains($0) }
        guard let scheme, !authority.isEmpty, isPlain else {
            let reason =
                "“\(text)” is not a server's address; expected one like https://registry.example.com, without a path"
            throw DecodingError.dataCorruptedError(in: container, debugDescription: reason)
        }
        description = scheme + authority
    }
}

extension PublicURL: CustomStringConvertible {}
