/// Something that a client asks of a registry. Blobs and manifests are named by their digests.
enum ModelOperation: Hashable, Sendable {
    case pushBlob(String, to: String)
    /// `from` nil: from wherever it is.
    case mountBlob(String, from: String?, to: String)
    case deleteBlob(String, in: String)
    case pushManifest(ModelManifest, to: String, tag: String?)
    case deleteTag(String, in: String)
    case deleteManifest(String, in: String)
    case readBlob(String, in: String)
    case readTag(String, in: String)
    case readManifest(String, in: String)
    case listTags(in: String)
    /// `type` nil: of every type.
    case listReferrers(of: String, type: String?, in: String)
    /// A garbage collection that nobody else's requests come in between of. `untagged`: which took untagged manifests, too.
    case collect(untagged: Bool)

    /// nil: all of them.
    var repository: String? {
        switch self {
        case .pushBlob(_, let name), .mountBlob(_, _, let name), .deleteBlob(_, let name),
            .pushManifest(_, let name, _), .deleteTag(_, let name), .deleteManifest(_, let name),
            .readBlob(_, let name), .readTag(_, let name), .readManifest(_, let name), .listTags(let name),
            .listReferrers(_, _, let name):
            name
        case .collect: nil
        }
    }

    /// Whether a registry that is read-only refuses it.
    var writes: Bool {
        switch self {
        case .pushBlob, .mountBlob, .deleteBlob, .pushManifest, .deleteTag, .deleteManifest, .collect: true
        case .readBlob, .readTag, .readManifest, .listTags, .listReferrers: false
        }
    }
}

/// What it was answered.
enum ModelAnswer: Hashable, Sendable {
    case done
    /// There is no such thing.
    case unknown
    /// A manifest needs it.
    case refused
    /// There is a session, and no blob yet.
    case declined
    /// What a manifest names and the repository does not have.
    case missing(Set<String>)
    /// The digest of the manifest that a tag points at.
    case found(String)
    case tags(Set<String>)
    /// The digests of manifests.
    case referrers(Set<String>)
}
