#if DEBUG
    import RegistryCore
    @testable import RegistryHTTP

    /// A path and, behind a question mark, a query.
    func readRoute(_ input: [UInt8]) throws {
        let target = String(decoding: input, as: UTF8.self)
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        let path = target[..<mark]
        try readQuery(Substring(target[mark...].utf8.dropFirst()))
        do {
            let route = try Route(path)
            try rule(try Route(route.path[...]) == route, "\(path) is \(route), and \(route.path) is not")
            try rule((route.repository?.description.utf8.count ?? 0) <= 229, "a name that is too long: \(path)")
        } catch let error as RegistryError {
            let codes: [RegistryError.Code] = [
                .routeUnknown, .nameInvalid, .tagInvalid, .digestInvalid, .uploadUnknown,
            ]
            try rule(codes.contains(error.code), "\(path) is refused for \(error.code)")
        }
    }

    private func readQuery(_ text: Substring) throws {
        for isForm in [false, true] {
            let query = Query(text, isForm: isForm)
            try rule(query.all("digest").first == query["digest"], "a query with two firsts: \(text)")
            let encoded = percentEncoded(String(text))
            try rule(percentDecoded(encoded[...], isForm: isForm) == String(text), "\(encoded) is not \(text)")
        }
    }

    extension Route {
        fileprivate var path: String {
            switch self {
            case .version: "/v2/"
            case .catalog: "/v2/_catalog"
            case .tags(let name): "/v2/\(name)/tags/list"
            case .manifest(let name, let reference): "/v2/\(name)/manifests/\(reference)"
            case .blob(let name, let digest): "/v2/\(name)/blobs/\(digest)"
            case .uploads(let name): "/v2/\(name)/blobs/uploads/"
            case .upload(let name, let id): "/v2/\(name)/blobs/uploads/\(id)"
            case .referrers(let name, let digest): "/v2/\(name)/referrers/\(digest)"
            case .token: Self.tokenPath
            case .keySet: "/.well-known/jwks.json"
            }
        }
    }
#endif
