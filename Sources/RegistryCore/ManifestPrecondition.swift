/// What a client expects of the manifest that a reference names before it pushes another to it (RFC 9110, sections 13.1.1 and
/// 13.1.2; a manifest's entity tag is its digest).
package enum ManifestPrecondition: Sendable, Hashable {
    /// `If-Match`: it names one of these.
    case isAnyOf([Digest])
    /// `If-Match: *`: it names a manifest.
    case exists
    /// `If-None-Match`: it names none of these; perhaps nothing.
    case isNoneOf([Digest])
    /// `If-None-Match: *`: it names nothing.
    case absent

    /// - Parameter current: what the reference names; nil: nothing.
    package func holds(for current: Digest?) -> Bool {
        switch self {
        case .isAnyOf(let digests): current.map(digests.contains) ?? false
        case .exists: current != nil
        case .isNoneOf(let digests): !(current.map(digests.contains) ?? false)
        case .absent: current == nil
        }
    }
}

/// What came of storing a manifest.
package enum ManifestCommit: Sendable, Hashable {
    case stored
    /// The repository does not have these required references, each once. Nothing was changed.
    case missing([Digest])
    /// With it the graph of indexes would be more than ``IndexNesting`` allows. Nothing was changed.
    case tooNested(IndexNesting.Flaw)
    /// The reference names this (nil: nothing), which is not what was expected. Nothing was changed.
    case preconditionFailed(current: Digest?)
}
