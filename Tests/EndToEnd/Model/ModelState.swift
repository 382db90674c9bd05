/// What a registry has of one client's repositories, as far as the client can know.
struct ModelState: Hashable, Sendable {
    /// How sure it is that a repository has a blob.
    enum Hold: Sendable {
        case sure
        /// Nothing of the client's needs it, so it may be collected at any time, or have been.
        case perhaps
    }

    struct Repository: Hashable, Sendable {
        var blobs: [String: Hold] = [:]
        var manifests: [String: ModelManifest] = [:]
        /// Digests of manifests.
        var tags: [String: String] = [:]

        func needs(_ blob: String) -> Bool { manifests.values.contains { $0.blobs.contains(blob) } }
    }

    /// Nobody else uses the registry, and nothing is collected but by `ModelOperation.collect`.
    let isAlone: Bool
    private(set) var repositories: [String: Repository] = [:]

    init(isAlone: Bool) { self.isAlone = isAlone }

    subscript(name: String) -> Repository {
        get { repositories[name] ?? Repository() }
        // What is empty is as what is not there, so that two states are equal when nobody can tell them apart.
        set { repositories[name] = newValue == Repository() ? nil : newValue }
    }

    /// The blobs that no collection may take.
    var needed: Set<String> {
        Set(repositories.values.flatMap { $0.manifests.values.flatMap(\.blobs) })
    }

    func isNeeded(_ blob: String) -> Bool { repositories.values.contains { $0.needs(blob) } }

    func hold(_ blob: String, in name: String) -> Hold? { self[name].blobs[blob] }

    /// The repository has the blob, from now on.
    mutating func link(_ blob: String, to name: String) {
        if hold(blob, in: name) == .sure { return }
        self[name].blobs[blob] = isAlone || isNeeded(blob) ? .sure : .perhaps
    }

    /// Somebody was told that the repository has no such blob. False: it must have it.
    mutating func lose(_ blob: String, in name: String) -> Bool {
        guard hold(blob, in: name) != .sure else { return false }
        self[name].blobs[blob] = nil
        return true
    }

    /// A manifest that named them is gone.
    mutating func release(_ blobs: Set<String>) {
        if isAlone { return }
        for blob in blobs where !isNeeded(blob) {
            for name in repositories.keys where hold(blob, in: name) != nil { self[name].blobs[blob] = .perhaps }
        }
    }
}
