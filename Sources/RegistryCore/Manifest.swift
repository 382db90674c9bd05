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

    struct Descriptor: Sendable {
        var mediaType: String?
        var digest: String
        var urls: [String] = []

        /// Layers that are fetched from elsewhere, which registries need not have (image specification, layer.md,
        /// "Non-Distributable Layers").
        var isForeign: Bool {
            guard let mediaType else { return false }
            if !urls.isEmpty { return true }
            guard mediaType.utf8.count <= MediaType.longest else { return false }
            let words = mediaType.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return words.dropFirst().dropLast().contains { word in
                word.elementsEqual("nondistributable".utf8) || word.elementsEqual("foreign".utf8)
            }
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
        let (document, misspelled) = try Self.read(content)
        let own = try? document.mediaType?.get()
        let type = contentType ?? own ?? document.likelyMediaType
        // It becomes the Content-Type of answers.
        guard MediaType.isValid(type) else {
            throw Self.invalid("\(Self.shown(type)) is not a media type")
        }
        let folded = type.lowercased()
        if let own, own.lowercased() != folded {
            throw Self.invalid("the manifest says mediaType \(Self.shown(own)), and was pushed as \(type)")
        }
        if folded.hasPrefix("application/vnd.docker.distribution.manifest.v1+") {
            throw Self.invalid("Docker's schema 1 is not taken; push the image as schema 2 or OCI")
        }
        let kind = Self.kinds[folded] ?? .unknown
        let isKnown = kind != .unknown
        if isKnown, let misspelled { throw Self.flawed(misspelled) }
        self.mediaType = type
        self.isKnown = isKnown

        func field<T>(_ field: ManifestDocument.Field<T>?) throws -> T? {
            switch field {
            case nil: return nil
            case .success(let value): return value
            case .failure(let mismatch):
                if !isKnown { return nil }
                throw Self.invalid("the manifest is wrong: \(mismatch)")
            }
        }
        func required<T>(_ value: T?, _ name: String) throws -> T {
            guard let value else { throw Self.invalid("a manifest of type \(type) needs \(name)") }
            return value
        }
        _ = try field(document.mediaType)
        config = try field(document.config)
        blobs = try field(document.layers) ?? field(document.blobs) ?? []
        children = try field(document.manifests) ?? []
        switch kind {
        case .image:
            _ = try required(config, "config")
            _ = try required(document.layers, "layers")
        case .index:
            _ = try required(document.manifests, "manifests")
        case .artifact, .unknown:
            break
        }
        if let about = try field(document.subject) {
            subject = Digest(about.digest)
            if subject == nil, isKnown {
                throw Self.invalid("subject has an invalid digest: \(Self.shown(about.digest))")
            }
        }
        artifactType = try field(document.artifactType)
        if artifactType == nil, kind != .index, let type = config?.mediaType, !type.isEmpty { artifactType = type }
        if let artifactType, !MediaType.isPrintable(artifactType) {
            throw Self.invalid("artifactType is over 255 bytes, or not all of it can be printed")
        }
        if let map = try field(document.annotations), !map.isEmpty {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            annotations = String(decoding: try encoder.encode(map), as: UTF8.self)
        }
    }

    static func invalid(_ message: String) -> RegistryError { RegistryError(.manifestInvalid, message) }
}
