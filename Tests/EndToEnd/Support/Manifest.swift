import Foundation

/// A manifest to push: bytes and the type to push them as.
struct Manifest: Sendable {
    var mediaType: String
    var content: [UInt8]
    var digest: String { sha256(content) }
    var descriptor: Descriptor { Descriptor(mediaType: mediaType, digest: digest, size: content.count) }

    init(_ mediaType: String, _ content: [UInt8]) {
        self.mediaType = mediaType
        self.content = content
    }

    init(_ mediaType: String, _ content: String) {
        self.init(mediaType, Array(content.utf8))
    }

    init(_ document: ManifestDocument) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(document)) ?? Data()
        self.init(document.mediaType ?? MediaType.image, [UInt8](data))
    }

    static func image(
        config: [UInt8] = Array("{}".utf8),
        configType: String = MediaType.config,
        layers: [[UInt8]],
        subject: Descriptor? = nil,
        artifactType: String? = nil,
        annotations: [String: String]? = nil
    ) -> Manifest {
        Manifest(
            ManifestDocument(
                mediaType: MediaType.image, artifactType: artifactType,
                config: Descriptor(mediaType: configType, of: config),
                layers: layers.map { Descriptor(mediaType: MediaType.layer, of: $0) },
                subject: subject, annotations: annotations))
    }

    static func index(
        _ manifests: [Manifest],
        subject: Descriptor? = nil,
        artifactType: String? = nil,
        annotations: [String: String]? = nil
    ) -> Manifest {
        Manifest(
            ManifestDocument(
                mediaType: MediaType.index, artifactType: artifactType, manifests: manifests.map(\.descriptor),
                subject: subject, annotations: annotations))
    }
}

enum MediaType {
    static let image = "application/vnd.oci.image.manifest.v1+json"
    static let index = "application/vnd.oci.image.index.v1+json"
    static let artifact = "application/vnd.oci.artifact.manifest.v1+json"
    static let config = "application/vnd.oci.image.config.v1+json"
    static let layer = "application/vnd.oci.image.layer.v1.tar"
    static let foreignLayer = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    static let dockerImage = "application/vnd.docker.distribution.manifest.v2+json"
    static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    static let dockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
}

/// The fields of image manifests, indexes and artifact manifests.
struct ManifestDocument: Codable, Sendable {
    var schemaVersion = 2
    var mediaType: String?
    var artifactType: String?
    var config: Descriptor?
    var layers: [Descriptor]?
    var blobs: [Descriptor]?
    var manifests: [Descriptor]?
    var subject: Descriptor?
    var annotations: [String: String]?
}

struct Descriptor: Codable, Sendable, Hashable {
    var mediaType: String
    var digest: String
    var size: Int
    var artifactType: String?
    var annotations: [String: String]?
    var urls: [String]?

    init(mediaType: String, digest: String, size: Int, urls: [String]? = nil) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.urls = urls
    }

    init(mediaType: String, of content: [UInt8]) {
        self.init(mediaType: mediaType, digest: sha256(content), size: content.count)
    }
}
