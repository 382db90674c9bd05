import Foundation

/// An OCI image layout on disk, as `oci:PATH` for skopeo: images made by hand, so that what they should hold is known.
struct ImageLayout {
    let path: String

    /// An index of one image a platform, each with as many layers; the layout's own index names it by `tag`.
    init(in directory: TemporaryDirectory, name: String, tag: String, platforms: [String], layers: Int) throws {
        path = directory(name)
        var images: [[String: Any]] = []
        for platform in platforms {
            images.append(try Self.image(in: directory, name, platform, layers))
        }
        var root = images[0]
        if platforms.count > 1 {
            let index: [String: Any] = ["schemaVersion": 2, "mediaType": MediaType.index, "manifests": images]
            root = try Self.store(Self.json(index), MediaType.index, directory, name)
        }
        root["annotations"] = ["org.opencontainers.image.ref.name": tag]
        try directory.write(Self.json(["schemaVersion": 2, "manifests": [root]]), to: "\(name)/index.json")
        _ = try directory.write("{\"imageLayoutVersion\":\"1.0.0\"}", to: "\(name)/oci-layout")
    }

    private static func image(
        in directory: TemporaryDirectory,
        _ name: String,
        _ platform: String,
        _ layers: Int
    ) throws -> [String: Any] {
        var descriptors: [[String: Any]] = []
        var differences: [String] = []
        for layer in 0..<layers {
            let folder = "\(name)-\(platform)-\(layer)"
            try directory.write(randomBytes([100, 3_000_000][layer % 2]), to: "\(folder)/layer\(layer)")
            _ = try directory.write("\(platform)", to: "\(folder)/etc/platform")
            let tar = directory("\(folder).tar")
            try run("tar", "-C", directory(folder), "-cf", tar, ".")
            differences.append(sha256(try contents(of: tar)))
            try run("gzip", "-n", tar)
            let bytes = try contents(of: tar + ".gz")
            descriptors.append(try store(bytes, "\(MediaType.layer)+gzip", directory, name))
        }
        let config: [String: Any] = [
            "architecture": platform, "os": "linux", "config": [String: Any](),
            "rootfs": ["type": "layers", "diff_ids": differences] as [String: Any],
        ]
        let manifest: [String: Any] = [
            "schemaVersion": 2, "mediaType": MediaType.image,
            "config": try store(json(config), MediaType.config, directory, name), "layers": descriptors,
        ]
        var descriptor = try store(json(manifest), MediaType.image, directory, name)
        descriptor["platform"] = ["architecture": platform, "os": "linux"]
        return descriptor
    }

    private static func json(_ object: [String: Any]) throws -> [UInt8] {
        [UInt8](try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]))
    }

    private static func store(
        _ bytes: [UInt8],
        _ type: String,
        _ directory: TemporaryDirectory,
        _ name: String
    ) throws -> [String: Any] {
        let digest = sha256(bytes)
        try directory.write(bytes, to: "\(name)/blobs/sha256/\(digest.dropFirst("sha256:".count))")
        return ["mediaType": type, "digest": digest, "size": bytes.count]
    }

    /// The names of the layout's blobs: their digests.
    var blobs: [String] { files(below: path + "/blobs/sha256") }

    /// The digest of what the layout's index names first.
    func root() throws -> String {
        let index = try JSONDecoder().decode(ManifestDocument.self, from: Data(contents(of: path + "/index.json")))
        return index.manifests?.first?.digest ?? ""
    }
}
