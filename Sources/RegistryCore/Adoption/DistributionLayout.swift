/// Where a CNCF distribution registry, 2.x or 3.x, keeps what in its folder or bucket.
///
///     /ROOT/docker/registry/v2/
///     ├── repositories/NAME/                     a name has any number of components, none of which begins with _
///     │   ├── _layers/ALGORITHM/HEX/link         the repository has this blob
///     │   ├── _manifests/
///     │   │   ├── revisions/ALGORITHM/HEX/link   … and this manifest
///     │   │   └── tags/TAG/
///     │   │       ├── current/link               … in which the tag's manifest stands
///     │   │       └── index/ALGORITHM/HEX/link   those that the tag ever had
///     │   └── _uploads/ID/…                      what is being pushed
///     └── blobs/ALGORITHM/2 HEX/HEX/data         the bytes of layers, configs and manifests alike
///
/// A link's content is a digest. But for a tag's, it is the one in the path.
package struct DistributionLayout: Sendable, Hashable {
    /// Everything is below this.
    private let base: String

    /// - Parameter root: The registry's `rootdirectory`, from the root of the backend: `/`, `old/registry`. nil: it is no path
    ///   there, as it holds `..`.
    package init?(root: String) {
        let components = root.split(separator: "/")
        base = "/" + (components + ["docker", "registry", "v2"]).joined(separator: "/")
        guard ObjectKey(base).foreignPath != nil else { return nil }
    }

    package var repositories: ObjectKey { ObjectKey("\(base)/repositories") }

    package var blobs: ObjectKey { ObjectKey("\(base)/blobs") }

    /// The bytes of a blob or manifest.
    func data(of digest: Digest) -> ObjectKey {
        ObjectKey("\(blobs)/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))/\(digest.hex)/data")
    }

    /// The link to a tag's manifest.
    func current(_ tag: String, in repository: String) -> ObjectKey {
        ObjectKey("\(repositories)/\(repository)/_manifests/tags/\(tag)/current/link")
    }

    /// What a repository has.
    enum Link: Sendable, Hashable {
        case layer(Digest)
        case revision(Digest)
        case tag(String)
        /// A layer or revision whose digest is of an algorithm that is not known here.
        case unknown(String)
    }

    /// What the file is for and in which repository; nil: it is none of the links that count.
    func link(at key: ObjectKey) -> (repository: String, link: Link)? {
        guard let path = components(of: key, below: repositories), path.last == "link",
            let mark = path.firstIndex(where: { $0.utf8.first == UInt8(ascii: "_") }), mark > path.startIndex
        else { return nil }
        let repository = path[..<mark].joined(separator: "/")
        let rest = path[mark...].dropLast()
        return Self.link(rest).map { (repository, $0) }
    }

    private static func link(_ path: ArraySlice<Substring>) -> Link? {
        let parts = Array(path)
        switch (parts.first, parts.count) {
        case ("_layers", 3):
            return digest(parts[1], parts[2]).map { .layer($0) } ?? .unknown("\(parts[1]):\(parts[2])")
        case ("_manifests", 4) where parts[1] == "revisions":
            return digest(parts[2], parts[3]).map { .revision($0) } ?? .unknown("\(parts[2]):\(parts[3])")
        case ("_manifests", 4) where parts[1] == "tags" && parts[3] == "current":
            return .tag(String(parts[2]))
        default:
            return nil
        }
    }

    /// Whose bytes the file holds; nil: nobody's.
    func digest(at key: ObjectKey) -> Digest? {
        guard let path = components(of: key, below: blobs), path.count == 4, path[3] == "data",
            path[1] == path[2].prefix(2)
        else { return nil }
        return Self.digest(path[0], path[2])
    }

    private static func digest(_ algorithm: Substring, _ hex: Substring) -> Digest? {
        Digest.Algorithm(rawValue: String(algorithm)).flatMap { Digest($0, hex: String(hex)) }
    }

    /// By bytes: that is faster, and a combining character after a slash makes one character with it.
    private func components(of key: ObjectKey, below folder: ObjectKey) -> [Substring]? {
        let (path, prefix) = (key.description.utf8, folder.description.utf8)
        let slash = UInt8(ascii: "/")
        guard path.starts(with: prefix), path.dropFirst(prefix.count).first == slash else { return nil }
        return path.dropFirst(prefix.count + 1).split(separator: slash, omittingEmptySubsequences: false)
            .map { Substring($0) }
    }
}
