import RegistryCore

/// Where a backend's objects are: an endpoint, a bucket and what all keys in it begin with.
///
///     https://bucket.s3.eu-central-1.amazonaws.com/prefix/key     virtual-host style
///     http://127.0.0.1:9000/bucket/prefix/key                     path style
struct BucketAddress: Sendable, Hashable {
    let endpoint: Endpoint
    let bucket: String
    /// Empty, or ends with a slash.
    let prefix: String
    let pathStyle: Bool

    /// - Parameters:
    ///   - prefix: Slashes at its ends do not matter.
    ///   - pathStyle: nil: virtual-host style on AWS if the bucket's name allows it, path style elsewhere, since not
    ///     every server has a wildcard name in the DNS.
    ///
    /// Throws ``EndpointError``.
    init(_ endpoint: Endpoint, bucket: String, prefix: String = "", pathStyle: Bool? = nil) throws(EndpointError) {
        let allowed = bucket.utf8.allSatisfy { isUnreserved($0) && $0 != UInt8(ascii: "~") }
        guard (1...255).contains(bucket.utf8.count), allowed, bucket != ".", bucket != ".." else {
            throw EndpointError(.malformed, "“\(bucket)” is not the name of a bucket")
        }
        let components = prefix.split(separator: "/", omittingEmptySubsequences: false).drop { $0.isEmpty }
        let trimmed = components.reversed().drop { $0.isEmpty }.reversed()
        // File-backed servers refuse these, or fold them into other keys.
        guard !trimmed.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw EndpointError(.malformed, "prefix “\(prefix)” has a component that is empty, “.” or “..”")
        }
        let isHostName = endpoint.takesSubdomains && Self.isHostName(bucket)
        if pathStyle == false, !isHostName {
            throw EndpointError(
                .malformed,
                "bucket \(bucket) cannot be addressed in virtual-host style at \(endpoint); set path-style to true"
            )
        }
        self.endpoint = endpoint
        self.bucket = bucket
        self.prefix = trimmed.map { $0 + "/" }.joined()
        // A certificate's wildcard covers one label only.
        let automatic = !isHostName || !endpoint.host.contains(".amazonaws.com") || bucket.contains(".")
        self.pathStyle = pathStyle ?? automatic
    }

    /// The bucket itself: listings, batch deletes.
    func target(_ query: Query = [:]) -> RequestTarget {
        target(name: nil, query)
    }

    /// An object of ours.
    func target(_ key: ObjectKey, _ query: Query = [:]) -> RequestTarget {
        target(name: name(of: key), query)
    }

    /// An object by its whole name, the prefix included.
    func target(name: String?, _ query: Query = [:]) -> RequestTarget {
        let object = name.map { percentEncoded($0, keepingSlashes: true) } ?? ""
        return RequestTarget(
            scheme: endpoint.scheme,
            authority: endpoint.authority(subdomain: pathStyle ? nil : bucket),
            path: pathStyle ? "\(endpoint.path)/\(bucket)" + (name == nil ? "" : "/") + object : "/" + object,
            query: query
        )
    }

    /// What S3 knows the object as.
    func name(of key: ObjectKey) -> String { prefix + key.description }

    /// The key of what a listing calls `name`; nil: it does not lie under the prefix.
    func key(named name: String) -> ObjectKey? {
        // By bytes: a combining character after the slash makes one character with it.
        guard name.utf8.starts(with: prefix.utf8) else { return nil }
        return ObjectKey(String(Substring(name.utf8.dropFirst(prefix.utf8.count))))
    }

    /// 3 to 63 lower-case letters, digits, dots and hyphens.
    private static func isHostName(_ bucket: String) -> Bool {
        let parts = bucket.split(separator: ".", omittingEmptySubsequences: false)
        return (3...63).contains(bucket.utf8.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.first != "-" && part.last != "-" && part == part.lowercased()
                    && !part.contains("_")
            }
    }
}

extension BucketAddress: CustomStringConvertible {
    var description: String { "\(endpoint)/\(bucket)/\(prefix)" }
}
