/// The storage backends by their names in the configuration.
package struct BackendSet: Sendable {
    /// Where new blobs go.
    package let active: String
    package let all: [String: any BlobStorage]

    package init(active: String, backends: [String: any BlobStorage]) {
        self.active = active
        self.all = backends
    }

    /// Throws when the configuration does not have the backend (any more).
    func named(_ name: String) throws -> any BlobStorage {
        guard let backend = all[name] else {
            throw RegistryError(.unavailable, "the configuration does not have backend \(name) any more; try again")
        }
        return backend
    }

    /// The one of a blob's locations to ask first: the active backend's, otherwise any that the configuration has. nil: there
    /// is none, but those in `failed` and those that are known to be damaged.
    func preferred(_ locations: [BlobLocation], besides failed: [BlobLocation] = []) -> BlobLocation? {
        var preferred: BlobLocation?
        for location in locations
        where !location.isDamaged && all[location.backend] != nil && !failed.contains(location) {
            if location.backend == active { return location }
            preferred = preferred ?? location
        }
        return preferred
    }
}
