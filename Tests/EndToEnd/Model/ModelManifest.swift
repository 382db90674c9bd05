import Foundation

/// What a manifest needs, and what it says of itself.
struct ModelManifest: Hashable, Sendable {
    var digest: String
    var blobs: Set<String> = []
    /// Of an index.
    var manifests: Set<String> = []
    /// What it is about, be that there or not.
    var subject: String?
    var artifactType: String?
}

extension ModelManifest {
    init(_ digest: String, _ document: ManifestDocument) {
        self.digest = digest
        blobs = Set((document.config.map { [$0] } ?? []).map(\.digest) + (document.layers ?? []).map(\.digest))
        manifests = Set((document.manifests ?? []).map(\.digest))
        subject = document.subject?.digest
        artifactType = document.listedType
    }
}

extension ManifestDocument {
    /// The artifact type under which it is listed (OCI distribution specification, "Listing Referrers").
    fileprivate var listedType: String? { artifactType ?? config?.mediaType }
}

extension Manifest {
    /// Its entry in a list of referrers.
    func listed() throws -> Descriptor {
        let document = try JSONDecoder().decode(ManifestDocument.self, from: Data(content))
        var entry = descriptor
        entry.artifactType = document.listedType
        entry.annotations = document.annotations
        return entry
    }
}
