import FoundationEssentials
import NIOCore

/// What the registry understands of a manifest: its type, what it refers to, what referrers show of it.
///
/// OCI image specification, manifest.md and image-index.md; Docker's image manifest V2, schema 2.
struct Manifest: Sendable {
    var mediaType: String
    var artifactType: String?
    var annotations: String?
    var subject: Digest?
    var config: Descriptor?
    /// Layers, and the blobs of the artifact manifest that OCI image 1.1 dropped.
    var blobs: [Descriptor]
    /// Children of an index. Usually manifests; build caches put layers here, too.
    var children: [Descriptor]
    /// Whether the registry knows the media type's rules. What an unknown type seems to refer to is linked but not required.
    var isKnown: Bool

    struct Descriptor: Decodable, Sendable {
        var mediaType: String?
        var digest: String
        var urls: [String]?

        /// Layers that are fetched from elsewhere, which registries need not have (image specification, layer.md,
        /// "Non-Distributable Layers").
        var isForeign: Bool {
            guard let mediaType else { return false }
            return mediaType.contains(".nondistributable.") || mediaType.contains(".foreign.") || !(urls ?? []).isEmpty
        }
    }

    enum Kind {
        case image, index, artifact, unknown
    }

    static let index = "application/vnd.oci.image.index.v1+json"

    /// By the media type in lower case: its letters' case does not count (RFC 6838, section 4.2).
    private static let kinds: [String: Kind] = [
        "application/vnd.oci.image.manifest.v1+json": .image,
        "application/vnd.docker.distribution.manifest.v2+json": .image,
        index: .index,
        "application/vnd.docker.distribution.manifest.list.v2+json": .index,
        "application/vnd.oci.artifact.manifest.v1+json": .artifact,
    ]

    static func isManifest(_ mediaType: String?) -> Bool {
        mediaType.map { kinds[$0.lowercased()] != nil } ?? false
    }

    /// Reads a manifest as it was pushed with `contentType` (without parameters; nil: there was none).
    /// Throws `manifestInvalid` naming what is wrong.
    init(_ content: ByteBuffer, contentType: String?) throws {
        let misspelled = try Self.checkStrictness(of: content)
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(content.readableBytesView))
        } catch {
            throw Self.invalid("the manifest is not a JSON object: \(Self.explain(error))")
        }
        let own = try? document.mediaType?.get()
        let type = contentType ?? own ?? document.likelyMediaType
        // It becomes the Content-Type of answers.
        guard MediaType.isValid(type) else {
            throw Self.invalid("\(type.debugDescription) is not a media type")
        }
        if let own, own.lowercased() != type.lowercased() {
            throw Self.invalid("the manifest says mediaType \(own.debugDescription), and was pushed as \(type)")
        }
        if type.lowercased().hasPrefix("application/vnd.docker.distribution.manifest.v1+") {
            throw Self.invalid("Docker's schema 1 is not taken; push the image as schema 2 or OCI")
        }
        let kind = Self.kinds[type.lowercased()] ?? .unknown
        let isKnown = kind != .unknown
        if isKnown, let misspelled { throw Self.flawed(misspelled) }
        self.mediaType = type
        self.isKnown = isKnown

        func field<T>(_ result: Result<T, any Error>?, _ name: String) throws -> T? {
            switch result {
            case nil: return nil
            case .success(let value): return value
            case .failure(let error):
                if !isKnown { return nil }
                throw Self.invalid("\(name) of the manifest is wrong: \(Self.explain(error))")
            }
        }
        func required<T>(_ value: T?, _ name: String) throws -> T {
            guard let value else { throw Self.invalid("a manifest of type \(type) needs \(name)") }
            return value
        }
        _ = try field(document.mediaType, "mediaType")
        config = try field(document.config, "config")
        blobs = try field(document.layers, "layers") ?? field(document.blobs, "blobs") ?? []
        children = try field(document.manifests, "manifests") ?? []
        switch kind {
        case .image:
            _ = try required(config, "config")
            _ = try required(document.layers, "layers")
        case .index:
            _ = try required(document.manifests, "manifests")
        case .artifact, .unknown:
            break
        }
        if let about = try field(document.subject, "subject") {
            subject = Digest(about.digest)
            if subject == nil, isKnown { throw Self.invalid("subject has an invalid digest: \(about.digest)") }
        }
        artifactType = try field(document.artifactType, "artifactType")
        if artifactType == nil, kind != .index, let type = config?.mediaType, !type.isEmpty { artifactType = type }
        if let artifactType, !MediaType.isPrintable(artifactType) {
            throw Self.invalid("artifactType is over 255 bytes, or not all of it can be printed")
        }
        if let map = try field(document.annotations, "annotations"), !map.isEmpty {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            annotations = String(decoding: try encoder.encode(map), as: UTF8.self)
        }
    }

    static func invalid(_ message: String) -> RegistryError { RegistryError(.manifestInvalid, message) }

    private static func explain(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context) -> String {
            let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
            return place.isEmpty ? context.debugDescription : "\(place.dropFirst()): \(context.debugDescription)"
        }
        return switch error as? DecodingError {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): path(context)
        case .keyNotFound(let key, let context): "\(path(context)) \(key.stringValue)"
        default: "\(error)"
        }
    }
}

/// The fields of all kinds of manifest. Each is kept as it decoded or failed to: an unknown type may use a name in its own way.
private struct Document: Decodable {
    var mediaType: Result<String, any Error>?
    var artifactType: Result<String, any Error>?
    var config: Result<Manifest.Descriptor, any Error>?
    var layers: Result<[Manifest.Descriptor], any Error>?
    var blobs: Result<[Manifest.Descriptor], any Error>?
    var manifests: Result<[Manifest.Descriptor], any Error>?
    var subject: Result<Manifest.Descriptor, any Error>?
    var annotations: Result<[String: String], any Error>?

    enum CodingKeys: String, CodingKey {
        case mediaType, artifactType, config, layers, blobs, manifests, subject, annotations
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func optional<T: Decodable>(_ key: CodingKeys) -> Result<T, any Error>? {
            guard fields.contains(key), (try? fields.decodeNil(forKey: key)) != true else { return nil }
            return Result { try fields.decode(T.self, forKey: key) }
        }
        // Go writes an empty list as null.
        func list(_ key: CodingKeys) -> Result<[Manifest.Descriptor], any Error>? {
            optional(key) ?? (fields.contains(key) ? .success([]) : nil)
        }
        // Go writes a text that was never set as an empty one.
        func text(_ key: CodingKeys) -> Result<String, any Error>? {
            optional(key).flatMap { (text: Result<String, any Error>) in (try? text.get()) == "" ? nil : text }
        }
        mediaType = text(.mediaType)
        artifactType = text(.artifactType)
        config = optional(.config)
        layers = list(.layers)
        blobs = list(.blobs)
        manifests = list(.manifests)
        subject = optional(.subject)
        annotations = optional(.annotations)
    }

    /// For a manifest that neither says its type nor was pushed with one.
    var likelyMediaType: String {
        if manifests != nil { return Manifest.index }
        return config != nil ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream"
    }
}
