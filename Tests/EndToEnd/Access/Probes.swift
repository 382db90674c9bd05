/// A request of every kind that the registry knows, made ready anew for each caller.
struct Probe: Sendable, CustomStringConvertible {
    enum Need: Sendable { case nothing, catalog, read, write }

    /// What a probe works on.
    struct Scene {
        var repository: String
        var exists: Bool
        /// May do everything there.
        var owner: Caller
        /// Whoever opens the upload sessions: the one who asks, if they may.
        var opener: Caller
        /// What is there.
        var manifest: Manifest
        var layer: [UInt8]
        /// A repository that the caller may read if they may read anything.
        var source: String
    }

    struct Shot {
        var target: String
        var headers: [(String, String)] = []
        var body: [UInt8]?
    }

    var description: String
    var method: String
    var need: Need
    /// The status when it is allowed; in a repository that does not exist, 404 unless it makes one.
    var success: Int
    var makesRepository = false
    var shot: @Sendable (Scene) throws -> Shot
}

extension Probe {
    private static func both(
        _ name: String, _ need: Need, _ shot: @escaping @Sendable (Scene) throws -> Shot
    ) -> [Probe] {
        ["GET", "HEAD"].map { Probe(description: "\($0) \(name)", method: $0, need: need, success: 200, shot: shot) }
    }

    static let all: [Probe] =
        both("/v2/", .nothing) { _ in Shot(target: "/v2/") }
        + both("catalog", .catalog) { _ in Shot(target: "/v2/_catalog") }
        + both("tags", .read) { Shot(target: "/v2/\($0.repository)/tags/list") }
        + both("manifest by tag", .read) { Shot(target: "/v2/\($0.repository)/manifests/latest") }
        + both("manifest by digest", .read) { Shot(target: "/v2/\($0.repository)/manifests/\($0.manifest.digest)") }
        + both("blob", .read) { Shot(target: "/v2/\($0.repository)/blobs/\(sha256($0.layer))") }
        + both("referrers", .read) { Shot(target: "/v2/\($0.repository)/referrers/\($0.manifest.digest)") }
        + pushes + sessions + deletes

    private static let pushes: [Probe] = [
        Probe(description: "PUT manifest by tag", method: "PUT", need: .write, success: 201, makesRepository: true) {
            manifest($0.repository, "new", Manifest.index([]))
        },
        Probe(description: "PUT manifest by digest", method: "PUT", need: .write, success: 201, makesRepository: true) {
            let index = Manifest.index([])
            return manifest($0.repository, index.digest, index)
        },
        Probe(description: "POST upload", method: "POST", need: .write, success: 202, makesRepository: true) {
            Shot(target: "/v2/\($0.repository)/blobs/uploads/")
        },
        Probe(description: "POST blob", method: "POST", need: .write, success: 201, makesRepository: true) {
            let blob = randomBytes(100)
            return Shot(target: "/v2/\($0.repository)/blobs/uploads/?digest=\(sha256(blob))", body: blob)
        },
        Probe(description: "POST mount", method: "POST", need: .write, success: 201, makesRepository: true) {
            Shot(target: "/v2/\($0.repository)/blobs/uploads/?mount=\(sha256($0.layer))&from=\($0.source)")
        },
    ]

    private static func manifest(_ repository: String, _ reference: String, _ manifest: Manifest) -> Shot {
        Shot(
            target: "/v2/\(repository)/manifests/\(reference)", headers: [("Content-Type", manifest.mediaType)],
            body: manifest.content)
    }

    private static let sessions: [Probe] = [
        Probe(description: "PATCH upload", method: "PATCH", need: .write, success: 202, makesRepository: true) {
            Shot(target: try $0.opener.startUpload($0.repository), body: randomBytes(10))
        },
        Probe(description: "PUT upload", method: "PUT", need: .write, success: 201, makesRepository: true) {
            let blob = randomBytes(10)
            let location = try $0.opener.startUpload($0.repository)
            return Shot(target: adding("digest=\(sha256(blob))", to: location), body: blob)
        },
        Probe(description: "GET upload", method: "GET", need: .write, success: 204, makesRepository: true) {
            Shot(target: try $0.opener.startUpload($0.repository))
        },
        Probe(description: "DELETE upload", method: "DELETE", need: .write, success: 204, makesRepository: true) {
            Shot(target: try $0.opener.startUpload($0.repository))
        },
    ]

    private static let deletes: [Probe] = [
        Probe(description: "DELETE tag", method: "DELETE", need: .write, success: 202) {
            if $0.exists { try $0.owner.pushManifest(Manifest.index([]), to: $0.repository, as: "doomed") }
            return Shot(target: "/v2/\($0.repository)/manifests/doomed")
        },
        Probe(description: "DELETE manifest", method: "DELETE", need: .write, success: 202) {
            let index = Manifest.index([])
            if $0.exists { try $0.owner.pushManifest(index, to: $0.repository, as: "doomed") }
            return Shot(target: "/v2/\($0.repository)/manifests/\(index.digest)")
        },
        Probe(description: "DELETE blob", method: "DELETE", need: .write, success: 202) {
            let blob = randomBytes(100)
            if $0.exists { try $0.owner.pushBlob(blob, to: $0.repository) }
            return Shot(target: "/v2/\($0.repository)/blobs/\(sha256(blob))")
        },
    ]
}
