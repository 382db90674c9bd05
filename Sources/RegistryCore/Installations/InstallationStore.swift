/// Which storage each backend is, as far as the database knows.
///
/// A part of ``MetadataStore``: see there for what its calls promise.
package protocol InstallationStore: Sendable {
    /// nil: nobody has opened the backend yet, or only a release that did not ask.
    func installation(of backend: String) async throws -> BackendInstallation?

    /// The backend that is this storage; nil: none.
    func backend(ofInstallation id: String) async throws -> String?

    /// Writes down which storage the backend is to become, unless that is written down already.
    ///
    /// - Returns: the id that is written down.
    func expectInstallation(of backend: String, orElse id: String) async throws -> String

    /// The backend is this storage, whatever was known of it, and no other backend is.
    func setInstallation(_ id: String, of backend: String) async throws

    /// Whether any blob is there.
    func hasBlobs(on backend: String) async throws -> Bool

    /// Objects of blobs that ought to be there, and are not known to be damaged: any of them.
    func someObjects(on backend: String, limit: Int) async throws -> [StoredObject]

    /// All objects of the backend have been looked at. Orphans that were first seen before `limit` and are still noted are gone.
    func noteOrphansListed(on backend: String, at time: Timestamp, seenBefore limit: Timestamp) async throws
}

/// What the database knows of a backend's storage.
package struct BackendInstallation: Sendable, Hashable {
    package var id: String
    /// When all its objects were looked at last; nil: never.
    package var orphansListed: Timestamp?

    package init(id: String, orphansListed: Timestamp? = nil) {
        self.id = id
        self.orphansListed = orphansListed
    }
}
