/// A backend's storage is not this database's, or not that backend's.
package struct ForeignStorage: Error, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// It was made for somebody else.
        case unknown
        /// The database has blobs on another, with this id.
        case another(than: String)
        /// It is this backend, too.
        case twice(backend: String)
    }

    package var backend: String
    package var installation: StorageInstallation
    package var kind: Kind

    package init(_ backend: String, _ installation: StorageInstallation, _ kind: Kind) {
        self.backend = backend
        self.installation = installation
        self.kind = kind
    }

    package var description: String {
        let place = installation.place
        return switch kind {
        case .unknown:
            "backend “\(backend)” is another installation's: \(place) says \(installation.id), and this database knows nothing of "
                + "what is stored there. Give the backend a folder, a bucket or a prefix of its own; or, if no other registryd "
                + "uses that storage any more, take it over: registryd restore \(backend) with its database, "
                + "registryd rebuild --backend \(backend) without"
        case .another(let known):
            "backend “\(backend)” is another storage now: \(place) says installation \(installation.id), it was \(known), "
                + "where blobs of this database are. Mount or configure the right one; or, if that is lost and this one is to be "
                + "in its place: registryd rebuild --backend \(backend)"
        case .twice(let other):
            "backends “\(backend)” and “\(other)” are one storage: \(place). Take one of them out, or give each a folder, "
                + "a bucket or a prefix of its own"
        }
    }
}
