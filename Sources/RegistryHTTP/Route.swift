internal import RegistryCore

/// What a path means (OCI distribution specification, "Endpoints"; Docker's token authentication specification).
///
/// It is read from its end: a repository's name may hold `manifests`, `blobs` or `tags` as components.
enum Route: Equatable {
    case version
    case catalog
    case tags(RepositoryName)
    case manifest(RepositoryName, Reference)
    case blob(RepositoryName, Digest)
    case uploads(RepositoryName)
    case upload(RepositoryName, UploadID)
    case referrers(RepositoryName, Digest)
    /// Where access tokens come from.
    case token
    /// The keys that they are signed with (RFC 7517).
    case keySet

    /// What the log calls it.
    package enum Name: String, Sendable {
        case unknown, version, catalog, tags, manifest, blob, uploads, upload, referrers, token, keys, health, ready,
            metrics
    }

    /// Throws `routeUnknown`, or what is wrong with the name, the reference or the digest in the path.
    init(_ path: Substring) throws {
        guard let rest = path.dropping("/v2"), rest.isEmpty || rest.utf8.first == UInt8(ascii: "/") else {
            switch path {
            case Self.tokenPath: self = .token
            case "/.well-known/jwks.json": self = .keySet
            default: throw Self.unknown(path)
            }
            return
        }
        if rest.isEmpty || rest == "/" {
            self = .version
        } else if rest == "/_catalog" {
            self = .catalog
        } else if let (before, last) = Substring(rest.utf8.dropFirst()).splitAtLastSlash() {
            self = try Self.inRepository(before, last, path)
        } else {
            throw Self.unknown(path)
        }
    }

    static let tokenPath = "/token"

    private static func inRepository(_ before: Substring, _ last: Substring, _ path: Substring) throws -> Route {
        if last == "list", let name = before.dropping(suffix: "/tags") {
            return .tags(try repository(name))
        }
        if let name = before.dropping(suffix: "/blobs/uploads") {
            if last.isEmpty { return .uploads(try repository(name)) }
            let name = try repository(name)
            guard let id = UploadID(last) else {
                throw RegistryError(.uploadUnknown, "upload session \(last) is not known in \(name)")
            }
            return .upload(name, id)
        }
        if let name = before.dropping(suffix: "/manifests") {
            let name = try repository(name)
            let text = percentDecoded(last)
            if let reference = Reference(text) { return .manifest(name, reference) }
            throw text.contains(":")
                ? Self.invalidDigest(text)
                : RegistryError(.tagInvalid, "\(text) is not a valid tag")
        }
        if let name = before.dropping(suffix: "/referrers") {
            return .referrers(try repository(name), try digest(last))
        }
        if let name = before.dropping(suffix: "/blobs") {
            let name = try repository(name)
            return last == "uploads" ? .uploads(name) : .blob(name, try digest(last))
        }
        throw Self.unknown(path)
    }

    private static func repository(_ text: Substring) throws -> RepositoryName {
        guard let name = RepositoryName(text) else {
            throw RegistryError(.nameInvalid, "\(text) is not a valid repository name")
        }
        return name
    }

    private static func digest(_ text: Substring) throws -> Digest {
        let text = percentDecoded(text)
        guard let digest = Digest(text) else { throw invalidDigest(text) }
        return digest
    }

    static func invalidDigest(_ text: String) -> RegistryError {
        RegistryError(.digestInvalid, "\(text) is not a valid digest: sha256 or sha512, a colon, and lower-case hex")
    }

    static func unknown(_ path: Substring) -> RegistryError {
        RegistryError(.routeUnknown, "there is nothing at \(path)")
    }
}

extension Route {
    var name: Name {
        switch self {
        case .version: .version
        case .catalog: .catalog
        case .tags: .tags
        case .manifest: .manifest
        case .blob: .blob
        case .uploads: .uploads
        case .upload: .upload
        case .referrers: .referrers
        case .token: .token
        case .keySet: .keys
        }
    }

    var repository: RepositoryName? {
        switch self {
        case .version, .catalog, .token, .keySet: nil
        case .tags(let name), .manifest(let name, _), .blob(let name, _), .uploads(let name), .upload(let name, _),
            .referrers(let name, _):
            name
        }
    }
}

extension Substring {
    fileprivate func dropping(_ prefix: String) -> Substring? {
        utf8.starts(with: prefix.utf8) ? self[utf8.index(startIndex, offsetBy: prefix.utf8.count)...] : nil
    }

    fileprivate func dropping(suffix: String) -> Substring? {
        // By bytes: characters would have to be told apart first.
        guard let start = utf8.index(endIndex, offsetBy: -suffix.utf8.count, limitedBy: startIndex),
            utf8[start...].elementsEqual(suffix.utf8)
        else { return nil }
        return self[..<start]
    }

    fileprivate func splitAtLastSlash() -> (Substring, Substring)? {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return (self[..<slash], self[utf8.index(after: slash)...])
    }
}
