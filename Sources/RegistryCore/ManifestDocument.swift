private typealias Mismatch = StrictJSON.Mismatch

/// The fields of all kinds of manifest. Each is kept as it was read or was not: an unknown type may use a name in its own way.
struct ManifestDocument {
    typealias Field<T> = Result<T, StrictJSON.Mismatch>

    var mediaType: Field<String>?
    var artifactType: Field<String>?
    var config: Field<Manifest.Descriptor>?
    var layers: Field<[Manifest.Descriptor]>?
    var blobs: Field<[Manifest.Descriptor]>?
    var manifests: Field<[Manifest.Descriptor]>?
    var subject: Field<Manifest.Descriptor>?
    var annotations: Field<[String: String]>?

    init(_ members: [String: StrictJSON.Value]) {
        func field<T>(_ name: String, _ read: (StrictJSON.Value) throws(Mismatch) -> T) -> Field<T>? {
            do throws(Mismatch) {
                return try members.member(name, read).map { .success($0) }
            } catch {
                return .failure(error)
            }
        }
        // Go writes a text that was never set as an empty one.
        func text(_ name: String) -> Field<String>? {
            if case .text(let text) = members[name], text.isEmpty { return nil }
            return field(name) { (value) throws(Mismatch) in try value.text() }
        }
        // Go writes an empty list as null.
        func list(_ name: String) -> Field<[Manifest.Descriptor]>? {
            if case .null = members[name] { return .success([]) }
            return field(name) { (value) throws(Mismatch) in try value.array(Manifest.Descriptor.init) }
        }
        mediaType = text("mediaType")
        artifactType = text("artifactType")
        config = field("config", Manifest.Descriptor.init)
        layers = list("layers")
        blobs = list("blobs")
        manifests = list("manifests")
        subject = field("subject", Manifest.Descriptor.init)
        annotations = field("annotations") { (value) throws(Mismatch) in
            var texts: [String: String] = [:]
            for (name, value) in try value.object() {
                // Whoever pushes has chosen how long a name is.
                texts[name] = try Mismatch.at(".\(Manifest.shown(name))") { () throws(Mismatch) in
                    try value.text()
                }
            }
            return texts
        }
    }

    /// For a manifest that neither says its type nor was pushed with one.
    var likelyMediaType: String {
        if manifests != nil { return Manifest.index }
        return config != nil ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream"
    }
}

extension Manifest.Descriptor {
    fileprivate init(_ value: StrictJSON.Value) throws(StrictJSON.Mismatch) {
        let members = try value.object()
        func text(_ value: StrictJSON.Value) throws(Mismatch) -> String { try value.text() }
        mediaType = try members.member("mediaType", text)
        guard let digest = try members.member("digest", text) else { throw Mismatch(place: ".digest", wanted: .text) }
        self.digest = digest
        urls = try members.member("urls") { (value) throws(Mismatch) in try value.array(text) } ?? []
    }
}
